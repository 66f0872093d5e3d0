"""What administrators see and do."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from sqlalchemy import select

from warehouse.accounts.models import User
from warehouse.events.models import Event
from warehouse.events.services import latest, record
from warehouse.forms import _, go
from warehouse.projects.services import count_everything

SHOWN = 100  # people; the search narrows


def overview(request: Request) -> dict[str, Any]:
    """Show people and the latest events."""
    words = request.GET.get("q", "").replace("\0", "")[:100]
    query = select(User).order_by(User.username).limit(SHOWN)
    if words:
        query = query.where(User.username.icontains(words, autoescape=True))
    swept = select(Event).where(Event.kind == "swept").order_by(Event.id.desc())
    return {
        "words": words,
        "users": list(request.db.scalars(query)),
        "counts": count_everything(request.db),
        "events": latest(request.db),
        "swept": request.db.scalars(swept).first(),
    }


def switch(request: Request) -> HTTPSeeOther:
    """Lock a person out, or let them in again."""
    user = request.db.get(User, int(request.matchdict["number"]))
    if user is None or user is request.user:
        raise HTTPNotFound(comment="")
    user.is_active = not user.is_active
    kind = "user-enabled" if user.is_active else "user-disabled"
    record(request, kind, user=request.user, of=user.username)
    return go(request, _("The account is changed."), "admin")
