"""Writing and reading the audit trail, and the limits on what may happen too often."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.events.models import Event

if TYPE_CHECKING:
    from pyramid.request import Request

SHOWN = 50  # events on a page

# How often an event may happen: kind -> (window, most for one user name, most from one address).
# A user name's limit is what slows guessing; an address may be shared by an office.
LIMITS = {
    "login-failed": (timedelta(minutes=15), 10, 50),
    "password-failed": (timedelta(minutes=15), 10, 50),  # in an open session
    "reset-asked": (timedelta(hours=1), 3, 20),  # by the address that was typed
    "registered": (timedelta(hours=1), 1, 20),
}


def record(
    request: "Request", kind: str, *, user: User | None = None, username: str = "", project: str | None = None,
    **detail: Any,
) -> None:  # fmt: skip
    """Add an event of this request to its transaction."""
    request.db.add(
        Event(
            kind=kind,
            user_id=user.id if user else None,
            username=user.username if user else username,
            project=project,
            address=request.remote_addr or "",
            detail=detail,
        )
    )


def is_too_often(session: Session, kind: str, username: str, address: str) -> bool:
    """Tell whether an event has happened as often as it may, to the user name or from the address."""
    window, most_by_name, most_by_address = LIMITS[kind]
    names, addresses = session.execute(
        select(
            func.count().filter(func.lower(Event.username) == username.lower()),
            func.count().filter(Event.address == address),
        ).where(Event.kind == kind, Event.created > func.now() - window)
    ).one()
    return names >= most_by_name or addresses >= most_by_address


def latest(session: Session, user: User | None = None, project: str | None = None) -> list[Event]:
    """Return the newest events of a person or a project; of everything where neither is given."""
    query = select(Event).order_by(Event.id.desc()).limit(SHOWN)
    if user:
        query = query.where(or_(Event.user_id == user.id, Event.username == user.username))
    if project:
        query = query.where(Event.project == project)
    return list(session.scalars(query))
