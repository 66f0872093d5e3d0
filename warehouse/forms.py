"""Forms of pages: texts within limits, and a request that is too large for one refused before it is read."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

from warehouse.transactions import Handler

FORM_BYTES = 64 * 1024
TYPES = {"/pypi": ("text/xml", "application/xml")}  # by path, of what is no form
FORM_TYPES = ("application/x-www-form-urlencoded", "")
UPLOAD = "/legacy/"  # reads its own body, within its own limits

_ = TranslationStringFactory("warehouse")


def text(request: Request, name: str, longest: int = 200) -> str:
    """Return a field without what no page and no database wants: blanks around it, control characters."""
    value = request.POST.get(name, "")
    return "".join(letter for letter in value if letter.isprintable() or letter == "\n").strip()[:longest]


def go(request: Request, message: Any, route: str, **names: str) -> HTTPSeeOther:
    """Send the reader to a page that shows a message."""
    request.session.pop_flash()  # a cookie has no room for messages that nobody reads
    request.session.flash(request.localizer.translate(message))
    return HTTPSeeOther(request.route_path(route, **names))


def limits_tween_factory(handler: Handler, registry: Any) -> Handler:
    """Refuse bodies that no form of a page has."""

    def limits_tween(request: Request) -> Response:
        if request.method in ("GET", "HEAD") or request.environ["PATH_INFO"] == UPLOAD:
            return handler(request)
        types = TYPES.get(request.environ["PATH_INFO"], FORM_TYPES)
        if request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() not in types:
            said = f"Send it as '{types[0]}'.\n"
            return Response(said, status=415, content_type="text/plain")
        if (request.content_length or 0) > FORM_BYTES:
            return Response("The form is too large.\n", status=413, content_type="text/plain")
        return handler(request)

    return limits_tween


def includeme(config: Configurator) -> None:
    """Put the limits around everything that reads a form."""
    config.add_tween("warehouse.forms.limits_tween_factory", over=EXCVIEW)
