"""The manual's tables of limits say what the code does."""

import re
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from quarantine import LIMITS
from warehouse import connections, db, forms
from warehouse.events import services as events
from warehouse.uploads import archives, faults
from warehouse.uploads.form import Limits

MANUAL = Path(__file__).parents[2] / "docs" / "manual" / "application.md"
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
LOCK, ANSWER = (int(number) // 1000 for number in re.findall(r"_timeout=([0-9]+)", db.IMPATIENT))


def often(kind: str, place: int) -> str:
    """Return how often an event may happen: by name (1) or from a network (2)."""
    return f"{events.LIMITS[kind][place]} in {events.LIMITS[kind][0].seconds // 60} minutes"


VALUES = {
    "connections": f"{connections.MOST:,}, or what descriptors allow",
    "silence on a connection": f"{connections.IDLE_SECONDS} seconds",
    "the head of a request, to arrive": f"{connections.HEAD_SECONDS} seconds",
    "its body, to arrive": f"{connections.BODY_SECONDS} seconds",
    "the head of a request": f"{connections.HEAD_BYTES // KIB} KiB",
    "the body of a form": f"{forms.FORM_BYTES // KIB} KiB",
    "the body of an upload": f"{Limits().request_bytes // MIB} MiB, with credentials",
    "unread answers to one that asks on": f"{connections.UNREAD_BYTES // MIB} MiB",
    "threads that answer": f"{connections.THREADS}",
    "the file": f"{Limits.file_bytes // MIB} MiB",
    "all other fields together": f"{Limits.fields_bytes // MIB} MiB",
    "fields": f"{Limits.fields:,}",
    "METADATA, PKG-INFO, a header of an sdist": f"{archives.METADATA_BYTES // MIB} MiB",
    "what an archive unpacks to": f"{archives.UNPACKED_BYTES // GIB} GiB",
    "files in an archive": f"{archives.MEMBERS:,}",
    "processor time to read an archive": f"{LIMITS.cpu_seconds:.0f} second, and 1 more for each {archives.READ_BYTES // MIB} MiB of it",
    "processor time for anything else in quarantine": f"{LIMITS.cpu_seconds:.0f} second",
    "memory in quarantine": f"{LIMITS.memory_bytes // GIB} GiB",
    "questions in quarantine at a time": f"{LIMITS.admitted}",
    "wrong passwords for a name, from a network": f"{events.MOST_FROM_NETWORK} in {events.WINDOW.seconds // 60} minutes",
    "wrong passwords for a name, from everywhere": f"{events.MOST_FROM_EVERYWHERE} in {events.WINDOW.seconds // 60} minutes",
    "wrong passwords from a network": often("login-failed", 2),
    "wrong passwords in an open session": often("password-failed", 1),
    "mails for a new password, to an address": often("reset-asked", 1),
    "mails for a new password, from a network": often("reset-asked", 2),
    "registrations from a network": often("registered", 2),
    "waiting for a lock": f"{LOCK} seconds",
    "waiting for an answer": f"{ANSWER} seconds",
    "waiting for one of its connections": f"{db.open_engine(make_url('postgresql+psycopg://')).pool._timeout:.0f} seconds",
}


def rows() -> dict[str, str]:
    """Return the second cell of each row of the manual's section by its first."""
    section = MANUAL.read_text(encoding="utf-8").partition("\n## Limits\n")[2]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return {each[0].strip(): each[1].strip() for each in cells}


@pytest.mark.parametrize("limit", VALUES)
def test_the_manual_knows_each_limit(limit: str):
    assert rows().get(limit) == VALUES[limit]


def test_the_manual_knows_the_length_of_each_field():
    told = {
        name: int(longest.replace(",", ""))
        for names, longest in rows().items()
        for name in re.findall("`([a-z_]+)`", names)
    }
    assert told == faults.LONGEST
