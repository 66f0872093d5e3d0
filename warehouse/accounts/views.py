"""Registering, logging in and out, and the person's own page."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther, HTTPTooManyRequests
from pyramid.request import Request
from sqlalchemy import delete

from warehouse.accounts import passwords, services
from warehouse.accounts.sessions import log_in, log_out, safe_path
from warehouse.events.services import is_guessing, is_too_often, latest, record
from warehouse.forms import _, go, text
from warehouse.projects.services import projects_of
from warehouse.tokens.models import Token
from warehouse.tokens.services import tokens_of

Errors = dict[str, Any]
LATER = {"Retry-After": "900"}  # seconds


def register(request: Request) -> Any:
    """Take a new person in."""
    if request.user:
        return HTTPSeeOther(request.route_path("account"))
    values = {name: text(request, name, 254) for name in ("username", "email")}
    if request.method == "GET":
        return {"values": values, "errors": {}}
    _limit(request, "registered", values["username"])
    password = request.POST.get("password", "")
    errors = _registration_errors(request, values, password)
    user = None if errors else services.insert_user(request.db, values["username"], values["email"])
    if user is None:
        return {"values": values, "errors": errors or _registration_errors(request, values, password)}
    services.set_password(user, password)
    record(request, "registered", user=user)
    request.mail(user, "welcome", url=request.mail_link("verify"))
    log_in(request, user)
    return HTTPSeeOther(request.route_path("account"))


def login(request: Request) -> Any:
    """Let a person in who proves to be one."""
    goal = safe_path(request.params.get("next", ""))
    if request.user:
        return HTTPSeeOther(goal)
    username, password = text(request, "username"), request.POST.get("password", "")
    if request.method == "GET":
        return {"username": "", "next": goal, "errors": {}}
    _limit(request, "login-failed", username)
    if is_guessing(request.db, username, request.remote_addr or ""):
        raise HTTPTooManyRequests(comment="", headers=LATER)
    user = services.authenticate(request.db, username, password[: passwords.LONGEST + 1])
    if user is None:
        record(request, "login-failed", username=username)
        errors = {"password": _("This is not the name and password of an account.")}
        return {"username": username, "next": goal, "errors": errors}
    record(request, "login", user=user)
    log_in(request, user)
    return HTTPSeeOther(goal)


def logout(request: Request) -> HTTPSeeOther:
    """End the session."""
    record(request, "logout", user=request.user)
    log_out(request)
    return HTTPSeeOther(request.route_path("home"))


def account(request: Request) -> dict[str, Any]:
    """Show the person's projects, tokens and latest events."""
    return _account(request, {})


def password(request: Request) -> Any:
    """Change the password; every other session ends."""
    old, new = request.POST.get("old", ""), request.POST.get("new", "")
    _limit(request, "password-failed", request.user.username)  # of no stranger's failures
    if not passwords.is_password(request.user.password_hash, old[: passwords.LONGEST + 1]):
        record(request, "password-failed", user=request.user)
        return _account(request, {"old": _("This is not your password.")})
    if error := _password_error(new):
        return _account(request, {"new": error})
    services.set_password(request.user, new)
    record(request, "password-changed", user=request.user)
    request.mail(request.user, "password-changed")
    log_in(request, request.user)
    return go(request, _("The password is changed."), "account")


def forgot(request: Request) -> Any:
    """Have a link to a new password mailed; who asks does not learn whether anybody has the address."""
    email = text(request, "email", 254)
    if request.method == "GET" or not services.is_email(email):
        return {"email": email, "error": _("This is not an email address.") if email else None}
    _limit(request, "reset-asked", email)
    record(request, "reset-asked", username=email)
    request.add_job("send_reset", email=email, url=request.mail_link("reset"))
    return go(request, _("If an account has this address, a mail is on its way to it."), "login")


def reset(request: Request) -> Any:
    """Let a person who followed the link in a mail choose a password; every session ends."""
    user = request.mailed_user("reset")
    if user is None:
        return go(request, _("This link is too old, or was used. Ask for another."), "forgot")
    request.response.headers["Cache-Control"] = "no-store"
    new = request.POST.get("new", "")
    error = _password_error(new)
    if request.method == "GET" or error:
        return {"error": error if request.method == "POST" else None}
    services.set_password(user, new)
    if not user.email_verified:  # tokens that somebody made in this person's name
        request.db.execute(delete(Token).where(Token.user_id == user.id))
    user.email_verified = True
    record(request, "password-reset", user=user)
    request.mail(user, "password-changed")
    return go(request, _("The password is changed."), "login")


def verify(request: Request) -> HTTPSeeOther:
    """Believe an address, since its owner followed the link in a mail."""
    user = request.mailed_user("verify")
    if user is None:
        return HTTPSeeOther(request.route_path("home"))
    user.email_verified = True
    record(request, "email-verified", user=user)
    return go(request, _("Your email address is confirmed."), "home")


def _limit(request: Request, kind: str, username: str) -> None:
    if is_too_often(request.db, kind, username, request.remote_addr or ""):
        raise HTTPTooManyRequests(comment="", headers=LATER)


def _registration_errors(request: Request, values: dict[str, str], password: str) -> Errors:
    errors: Errors = {}
    if not services.is_username(values["username"]):
        errors["username"] = _("Use letters, digits, dots, hyphens and underscores.")
    elif services.is_taken(request.db, values["username"]):
        errors["username"] = _("This name is taken.")
    if not services.is_email(values["email"]):
        errors["email"] = _("This is not an email address.")
    elif services.is_taken(request.db, "", values["email"]):
        errors["email"] = _("An account with this address exists.")
    if error := _password_error(password):
        errors["password"] = error
    return errors


def _password_error(password: str) -> Any:
    if len(password) < passwords.SHORTEST:
        return _("Use ${count} characters or more.", mapping={"count": passwords.SHORTEST})
    if len(password) > passwords.LONGEST:
        return _("Use ${count} characters or fewer.", mapping={"count": passwords.LONGEST})
    return None


def _account(request: Request, errors: Errors) -> dict[str, Any]:
    return {
        "projects": projects_of(request.db, request.user),
        "tokens": tokens_of(request.db, request.user),
        "events": latest(request.db, user=request.user),
        "errors": errors,
    }
