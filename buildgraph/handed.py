"""Handed: the error of a command on the terminal, given to its starter, which prints it once, with the task's name.

What such a command says goes straight to the terminal, which nobody can read back. So its starter names a file in a variable, with
its own process number: a program deeper down (a test that starts one of the rooms) has another parent, and tells its error itself.
"""

from __future__ import annotations

import os
from contextlib import suppress

from buildgraph.files import write_text

VARIABLE = "BUILDGRAPH_ERROR"


def asking(path: str) -> dict[str, str]:
    """Return the variable by which a child of this process is asked to leave its error in a file."""
    return {VARIABLE: f"{os.getpid()}:{os.path.abspath(path)}"}


def passed_on() -> dict[str, str]:
    """Return the variable by which this process asks its own child in its place; nothing if it was not asked."""
    path = _asked()
    return asking(path) if path else {}


def hand(error: str) -> bool:
    """Leave an error for the parent if it has asked for it, and tell whether it has."""
    path = _asked()
    if path:
        with suppress(OSError):
            write_text(path, error)
            return True
    return False


def take(path: str) -> str:
    """Return the error that was left, which then is gone; nothing if there is none."""
    with suppress(OSError):
        with open(path, encoding="utf-8") as file:
            error = file.read()
        os.unlink(path)
        return error
    return ""


def _asked() -> str:
    """Return the path if the parent has asked."""
    parent, _, path = os.environ.get(VARIABLE, "").partition(":")
    return path if parent == str(os.getppid()) else ""
