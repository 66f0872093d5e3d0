"""Counting: which requests are downloads, and how many of each there were, until they are stored."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from linehaul.agents import agent_of
from linehaul.lines import request_of

OLDEST_DAYS = (
    400  # what is older, or ahead, is a wrong clock or somebody's joke, and would be a row for each day
)
AHEAD_DAYS = 1
BESIDE = (".metadata", ".asc", ".provenance")  # what lies next to a file and is not it
LONGEST_PATH = 500
Download = tuple[str, date, str]
"""The path below the prefix, the day, the installer."""


def downloads(lines: Iterable[str], prefix: str) -> Counter[Download]:
    """Count the downloads that lines tell of: whole files, taken by GET, by whatever is not a mirror."""
    return Counter(found for line in lines if (found := download_of(line, prefix)) is not None)


def download_of(line: str, prefix: str) -> Download | None:
    """Return the download that a line tells of, None if it tells of something else."""
    request = request_of(line)
    if request is None or request.method != "GET" or request.status != 200:
        return None
    path = request.path.removeprefix(prefix)
    if path == request.path or path.endswith(BESIDE) or len(path) > LONGEST_PATH:
        return None
    if not (
        path.isascii() and path.isprintable()
    ):  # as those of the index are; a database may have no other letters
        return None
    agent, today = agent_of(request.agent), datetime.now(UTC).date()
    is_near = today - timedelta(OLDEST_DAYS) <= request.day <= today + timedelta(AHEAD_DAYS)
    return None if agent.is_mirror or not is_near else (path, request.day, agent.name)
