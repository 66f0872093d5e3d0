"""Who is at the other end: the session in a signed cookie, and what a view asks of the person.

The cookie holds the key of the session, whose row goes when it ends, and the key that all of that person's sessions
share; a new password is a new one. Both open nothing without our signature, so the cookie is not encrypted.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import JSONSerializer, SignedCookieSessionFactory
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from warehouse.accounts.models import LONGEST_SESSION, OpenSession, User

IDLE_SECONDS = 12 * 3600
REISSUE_SECONDS = 600
SESSION, KEY = "session", "key"
KEY_BYTES = 16
PATH_LETTERS = "%/?:@!$&'()*+,;=~[]#"  # what an address may have beside letters and digits (RFC 3986)


def log_in(request: Request, user: User) -> None:
    """Begin a session of this person; what was in the session before is gone, its CSRF token too."""
    request.session.invalidate()
    opened = OpenSession(key=secrets.token_urlsafe(KEY_BYTES), user_id=user.id)
    request.db.add(opened)
    request.session[SESSION] = opened.key
    request.session[KEY] = user.sessions_key
    request.session.new_csrf_token()


def log_out(request: Request) -> None:
    """End the session: its cookie, kept by somebody, opens nothing any more."""
    request.db.execute(delete(OpenSession).where(OpenSession.key == request.session.get(SESSION)))
    request.session.invalidate()


def safe_path(text: str) -> str:
    """Return a path of this site, as a header can carry it, and the account's for anything else: no open redirect."""
    inside = text.startswith("/") and not text.startswith("//") and text.isprintable() and "\\" not in text
    return quote(text, safe=PATH_LETTERS) if inside else "/account/"


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
    key = request.session.get(SESSION)
    if key is None:
        return None
    opened = OpenSession.key == key, OpenSession.created > func.now() - LONGEST_SESSION
    query = select(User).join(OpenSession, OpenSession.user_id == User.id).where(*opened, User.is_active)
    user = session.scalars(query).first()
    if user is None:
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
