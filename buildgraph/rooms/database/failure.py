"""Failure: why PostgreSQL did not start, by what it wrote into its log.

The reason is the first line that says FATAL, PANIC or error; the last lines are hints, details and what was cleaned up after it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

REASON = re.compile(r"(?:FATAL|PANIC|initdb: error|\berror): +(.+)", re.IGNORECASE)
# What a server says that starts while another is just ending: one whose guardian was killed, or a killed one's sessions.
ENDING = ("pre-existing shared memory block", "Is another postmaster")


@dataclass(frozen=True)
class Known:
    """What PostgreSQL says, how it is told, and what to do next; `{data}` stands for the data folder."""

    said: str
    what: str
    hint: str


# The messages are PostgreSQL 17's own (English: it runs with LC_ALL=C).
TABLE = (
    Known(
        r'lock file ".+" already exists[\s\S]*?\(PID (\d+)\)',
        r"another PostgreSQL runs in the data folder: process \1",
        r"If nothing needs it, end it: 'kill \1'.",
    ),
    Known(r"(No space left on device|Disk quota exceeded)", r"\1", "Free space and run the command again."),
    Known(r"(File too large|File size limit exceeded)", r"\1", "Raise the limit of file sizes ('ulimit -f')."),
    Known(
        r"could not (?:create|map|resize) .*shared memory.*?: (.+)",
        r"it gets no shared memory: \1",
        "Free memory, or raise the limit of shared memory (in a container: its '--shm-size').",
    ),
    Known(
        r"data directory \".+\" has (wrong ownership|invalid permissions)",
        r"the data folder has \1",
        "It belongs to the user who runs the commands, and to nobody else: 'chmod 700 {data}'.",
    ),
    Known(
        r"PANIC: +(could not locate a valid checkpoint record|could not find redo location)",
        r"its data is damaged: \1",
        "Move '{data}' away and run the command again; a fresh database is made and migrated.",
    ),
    Known(
        r'((?:unrecognized configuration parameter|syntax error in file|invalid value for parameter).+)',
        r"\1",
        "Correct '{data}/postgresql.conf'.",
    ),
)  # fmt: skip


def may_pass(said: str) -> bool:
    """True if another attempt, a moment later, may succeed."""
    return any(each in said for each in ENDING)


def explain(said: str, data: Path, log: Path) -> tuple[str, str]:
    """Return the reason of a failure and what to do next."""
    for known in TABLE:
        if found := re.search(known.said, said):
            return found.expand(known.what), found.expand(known.hint.replace("{data}", data.as_posix()))
    lines = [line for line in said.splitlines() if line.strip()]
    reason = next((found[1] for line in lines if (found := REASON.search(line))), "")
    return reason or (lines or ["it said nothing"])[-1], f"What it said is in '{log}'."
