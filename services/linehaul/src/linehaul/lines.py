"""Lines: one of an access log in the combined format, as nginx, Apache and others write it, with or without the head of syslog.

    192.0.2.1 - - [29/Nov/2026:10:00:00 +0000] "GET /packages/ab/cd/x.whl HTTP/1.1" 200 1234 "-" "pip/24.0 {…}"

Quotes within a field are escaped, as `\\x22` by nginx and as `\\"` by Apache, so no field that a client fills can look like another.
Who has asked is not read: a count has no address.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import unquote

QUOTED = r'"((?:[^"\\]|\\.)*)"'
LINE = re.compile(
    r"\[(?P<time>\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] "
    r'"(?P<method>[A-Z]+) (?P<target>[^\s"]+)(?: HTTP/[0-9.]+)?" (?P<status>\d{3}) (?:\d+|-)'
    rf"(?: {QUOTED.replace('(', '(?:', 1)} {QUOTED.replace('(', '(?P<agent>', 1)})?"
)
ESCAPED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Request:
    """What a line says: the day in UTC, the path without its query, and the user agent."""

    day: date
    method: str
    path: str
    status: int
    agent: str


def request_of(line: str) -> Request | None:
    """Return what a line says, None if it is not one of this format."""
    found = LINE.search(line)
    if not found:
        return None
    try:
        day = _time(found["time"]).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None
    path = unquote(found["target"].partition("?")[0])
    return Request(day, found["method"], path, int(found["status"]), _plain(found["agent"] or ""))


def _time(text: str) -> datetime:
    """Return a time as logs have it; the months are English, whatever the locale is."""
    month = MONTHS.index(text[3:6]) + 1
    return datetime.strptime(f"{text[:3]}{month:02}{text[6:]}", "%d/%m/%Y:%H:%M:%S %z")


def _plain(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
