"""Writing and reading the audit trail, and the limits on what may happen too often."""

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network
from typing import Any

from pyramid.request import Request
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.events.models import Event

SHOWN = 50  # events on a page

# How often an event may happen: kind -> (window, most for one user name, most from one address).
# An address may be shared by an office. What slows guessing at the door is `is_guessing`: no stranger locks a person out.
WINDOW = timedelta(minutes=15)
MOST_FROM_NETWORK, MOST_FROM_EVERYWHERE = 10, 100  # wrong passwords for one name
KNOWN = timedelta(days=30)  # since a person has logged in from a network
LIMITS = {
    "login-failed": (WINDOW, 1000, 50),
    "password-failed": (WINDOW, 10, 50),  # in an open session
    "reset-asked": (timedelta(hours=1), 3, 20),  # by the address that was typed
    "registered": (timedelta(hours=1), 1, 20),
}


def record(
    request: Request, kind: str, *, user: User | None = None, username: str = "", project: str | None = None,
    **detail: Any,
) -> None:  # fmt: skip
    """Add an event of this request to its transaction."""
    request.db.add(
        Event(
            kind=kind,
            user_id=user.id if user else None,
            username=user.username if user else username,
            project=project,
            address=network_of(request.remote_addr or ""),
            detail=detail,
        )
    )


def is_too_often(session: Session, kind: str, username: str, address: str) -> bool:
    """Tell whether an event has happened as often as it may, to the user name or from the address."""
    window, most_by_name, most_by_address = LIMITS[kind]
    by_name = func.count().filter(func.lower(Event.username) == username.lower())
    by_address = func.count().filter(Event.address == network_of(address))
    recent = select(by_name, by_address).where(Event.kind == kind, Event.created > func.now() - window)
    names, addresses = session.execute(recent).one()
    return names >= most_by_name or addresses >= most_by_address


def is_guessing(session: Session, username: str, address: str) -> bool:
    """Tell whether too many wrong passwords for a name came from a network; or from everywhere, and it is not known to it."""
    failed = select(Event.address).where(Event.kind == "login-failed", Event.created > func.now() - WINDOW)
    networks = list(session.scalars(failed.where(func.lower(Event.username) == username.lower())))
    here = network_of(address)
    if networks.count(here) >= MOST_FROM_NETWORK or len(networks) < MOST_FROM_EVERYWHERE:
        return networks.count(here) >= MOST_FROM_NETWORK
    known = select(Event.address).join(User, User.id == Event.user_id).where(User.username == username)
    known = known.where(Event.kind == "login", Event.created > func.now() - KNOWN)
    return here not in session.scalars(known)


def network_of(address: str) -> str:
    """Return what one client has: an address, or the first half of one of IPv6."""
    if ":" not in address:
        return address
    found = IPv6Address(address)
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))


def latest(session: Session, user: User | None = None, project: str | None = None) -> list[Event]:
    """Return the newest events of a person or a project; of everything where neither is given."""
    query = select(Event).order_by(Event.id.desc()).limit(SHOWN)
    if user:
        query = query.where(or_(Event.user_id == user.id, Event.username == user.username))
    if project:
        query = query.where(Event.project == project)
    return list(session.scalars(query))
