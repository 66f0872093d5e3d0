"""The languages of the pages: gettext catalogs in `warehouse/locale/`, compiled by the build.

The reader's own choice (a cookie) comes before what the browser says it likes.
"""

from dataclasses import dataclass
from pathlib import Path

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from warehouse.accounts.sessions import safe_path

COOKIE = "language"
YEAR_SECONDS = 365 * 24 * 3600
COMPILED = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True)
class Language:
    """A language by its code (BCP 47), the name it gives itself and the direction it is written in."""

    code: str
    name: str
    direction: str = "ltr"


LANGUAGES = (
    Language("en", "English"),
    Language("de", "Deutsch"),
    Language("he", "עברית", "rtl"),
    Language("pl", "Polski"),
)
BY_CODE = {language.code: language for language in LANGUAGES}


def includeme(config: Configurator) -> None:
    """Give requests their language."""
    config.add_translation_dirs(str(COMPILED))
    config.add_request_method(_language, "language", reify=True)
    config.add_request_method(_here, "here", property=True)
    config.set_locale_negotiator(lambda request: request.language.code)


def choose(request: Request) -> HTTPSeeOther:
    """Remember the language that a reader chose."""
    response = HTTPSeeOther(safe_path(request.GET.get("next", "/")))
    if request.GET.get("to") in BY_CODE:
        secure = not request.registry.warehouse.is_development
        response.set_cookie(
            COOKIE, request.GET["to"], max_age=YEAR_SECONDS, httponly=True, secure=secure, samesite="Lax"
        )
    return response


def _here(request: Request) -> str:
    """Return the address of this page, the home page's where it cannot be asked for again."""
    try:
        return request.path_qs if request.method in ("GET", "HEAD") else "/"
    except UnicodeDecodeError:
        return "/"


def _language(request: Request) -> Language:
    """Return the chosen language, else the one that the browser likes best of those there are."""
    chosen = BY_CODE.get(request.cookies.get(COOKIE, ""))
    if chosen:
        return chosen
    return BY_CODE[request.accept_language.lookup(tuple(BY_CODE), default="en")]
