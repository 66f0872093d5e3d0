"""Logs: what a task's command said, and of one that failed the command itself, which no error message needs to show."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from buildgraph.layout import LOGS, file_name_of
from buildgraph.rules.secrets import without_logins

LINES = 200
"""How much of a failed task's log is shown; the rest is in the file that is named."""

END_BYTES = 4000
"""How much of a log a page shows."""


def log_of(task: str) -> str:
    """Return the path of a task's log."""
    return f"{LOGS}/{file_name_of(task)}.log"


def note_command(
    task: str, words: Sequence[str], environment: Sequence[tuple[str, str]], has_said: bool
) -> None:
    """Write the command that failed, for a shell in the top folder, below what it said, or in the place of an older log."""
    import shlex

    fixed = "".join(f"{name}={shlex.quote(value)} " for name, value in environment)
    command = without_logins(f"the command: {fixed}{shlex.join(words)}\n")
    with suppress(OSError):  # What failed is told, whether the disk takes this or not.
        os.makedirs(LOGS, exist_ok=True)
        with open(log_of(task), "ab" if has_said else "wb") as file:
            file.write(command.encode("utf-8", "surrogateescape"))


def tail(path: str) -> list[str]:
    """Return the last lines of what a command said."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            lines = as_shown(file.read()).splitlines()
    except OSError:
        return []
    if len(lines) <= LINES:
        return lines
    return [f"… {len(lines) - LINES} more lines in {path}", *lines[-LINES:]]


def end_of(path: str) -> str:
    """Return the last lines of a log, of at most `END_BYTES`; an empty text if there is none."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - END_BYTES))
            text = as_shown(file.read().decode("utf-8", "replace"))
    except OSError:
        return ""
    return text if size <= END_BYTES else "…\n" + text.partition("\n")[2]


def last_line(path: str) -> str:
    """Return the last line with something in it that a command has said so far."""
    lines = [line.strip() for line in end_of(path).splitlines()]
    return next(filter(None, reversed(lines)), "")


def as_shown(text: str) -> str:
    """Return a text as a terminal would show it: what a carriage return goes back over is gone."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
