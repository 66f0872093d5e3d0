"""The pages of a person's tokens."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request

from warehouse.events.services import record
from warehouse.forms import _, go, text
from warehouse.projects.services import find_project, projects_of, role_in
from warehouse.tokens import services
from warehouse.tokens.models import Token


def tokens(request: Request) -> dict[str, Any]:
    """Show the tokens, and a new one's text this once."""
    made, error = None, None
    if request.method == "POST":
        made, error = _make(request)
    return {
        "tokens": services.tokens_of(request.db, request.user),
        "projects": projects_of(request.db, request.user),
        "made": made,
        "error": error,
    }


def revoke(request: Request) -> HTTPSeeOther:
    """Make one of the person's tokens worthless."""
    token = request.db.get(Token, int(request.matchdict["number"]))
    if token is None or token.user_id != request.user.id:
        raise HTTPNotFound(comment="")
    record(request, "token-revoked", user=request.user, description=token.description)
    services.revoke(request.db, token.id)
    return go(request, _("The token is revoked."), "tokens")


def _make(request: Request) -> tuple[str | None, Any]:
    """Return the new token's text, or what is wrong with the form."""
    description, scope = text(request, "description", 100), text(request, "scope")
    if not description:
        return None, _("Say what the token is for.")
    project = find_project(request.db, scope) if scope else None
    if scope and (project is None or role_in(project, request.user) is None):
        return None, _("You have no role in this project.")
    secret = request.registry.warehouse.secret
    _token, made = services.create_token(
        request.db, secret, request.user, project=project, description=description
    )
    name = project.normalized_name if project else None
    record(request, "token-created", user=request.user, project=name, description=description)
    return made, None
