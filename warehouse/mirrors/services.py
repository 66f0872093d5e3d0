"""The answers: names, serials, and changes in the order of their serials.

A change is known by what it left: the newest serial of each project, and of each that was deleted. A mirror looks at a
project once, however often it has changed, so nothing else is written down.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Text, literal, null, select
from sqlalchemy.orm import Session

from warehouse.projects.models import Project, Retired
from warehouse.projects.services import last_serial

Change = tuple[str, str, int, str, int]  # name, version, seconds since 1970, what happened, serial


def packages_with_serial(session: Session) -> dict[str, int]:
    """Return the serial of each project."""
    names = select(Project.name, Project.serial).order_by(Project.normalized_name)
    return dict(session.execute(names).all())


def changelog_since(session: Session, serial: int) -> list[Change]:
    """Return what has changed since a serial, the oldest change first; one statement, so that none is missed."""
    changed = select(
        Project.name, Project.latest_version, Project.updated, literal("change", Text), Project.serial
    )
    gone = select(Retired.name, null(), Retired.retired, literal("remove project", Text), Retired.serial)
    both = changed.where(Project.serial > serial).union_all(
        gone.where(Retired.serial > serial, Retired.canonical_version == "")
    )
    rows = session.execute(both.order_by("serial"))
    return [
        (name, version or "", int(when.timestamp()), what, number)
        for name, version, when, what, number in rows
    ]


METHODS: dict[str | None, Callable[..., Any]] = {
    "changelog_last_serial": last_serial,
    "changelog_since_serial": changelog_since,
    "list_packages_with_serial": packages_with_serial,
}
