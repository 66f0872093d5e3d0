"""Who is at the other end: the session in a signed cookie, and what a view asks of the person.

The cookie holds the person's number and the key that all of that person's sessions share; a new password is a
new key. Nothing secret is in the cookie, so it is signed and not encrypted.
"""

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import JSONSerializer, SignedCookieSessionFactory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from warehouse.accounts.models import User

IDLE_SECONDS = 12 * 3600
REISSUE_SECONDS = 600
USER, KEY = "user", "key"


def log_in(request: Request, user: User) -> None:
    """Begin a session of this person; what was in the session before is gone, its CSRF token too."""
    request.session.invalidate()
    request.session[USER] = user.id
    request.session[KEY] = user.sessions_key
    request.session.new_csrf_token()


def safe_path(text: str) -> str:
    """Return a path of this site as it is, and the account's for anything else: no open redirect."""
    inside = text.startswith("/") and not text.startswith("//") and text.isprintable() and "\\" not in text
    return text if inside else "/account/"


def identify(request: Request) -> bool:
    """Look up once more whose session this is, after the view's transaction; False if the database cannot tell."""
    try:
        with request.registry.sessions() as session:
            request.user = _person(request, session)
    except SQLAlchemyError:
        return False
    return True


def includeme(config: Configurator) -> None:
    """Give requests a session and a user, and views the option `visitor`."""
    settings = config.registry.warehouse
    factory = SignedCookieSessionFactory(
        f"session {settings.secret}",
        cookie_name="session" if settings.is_development else "__Host-session",
        timeout=IDLE_SECONDS,
        reissue_time=REISSUE_SECONDS,
        max_age=None,
        httponly=True,
        secure=not settings.is_development,
        samesite="Lax",
        serializer=JSONSerializer(),
    )
    config.set_session_factory(factory)
    config.set_default_csrf_options(require_csrf=True)
    config.add_request_method(_user, "user", reify=True)
    config.add_view_deriver(_visitor_view, "visitor", under="secured_view", over="csrf_view")


def _user(request: Request) -> User | None:
    """Return the person whose session this is."""
    return _person(request, request.db)


def _person(request: Request, session: Session) -> User | None:
    number = request.session.get(USER)
    user = session.get(User, number) if number else None
    if user is None or not user.is_active:
        return None
    return user if hmac.compare_digest(user.sessions_key, request.session.get(KEY, "")) else None


def _visitor_view(view: Callable[..., Response], info: Any) -> Callable[..., Response]:
    """Show a view to those it is for: others are sent to the door, or told that it is not theirs."""
    visitor = info.options.get("visitor")
    if visitor is None:
        return view

    def visitor_view(context: Any, request: Request) -> Response:
        if request.user is None:
            here = request.path_qs if request.method == "GET" else "/account/"
            raise HTTPSeeOther(f"{request.route_path('login')}?{urlencode({'next': here})}")
        if visitor == "admin" and not request.user.is_admin:
            raise HTTPForbidden(comment="")
        response = view(context, request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return visitor_view


_visitor_view.options = ("visitor",)  # type: ignore[attr-defined] # what Pyramid asks a deriver for
