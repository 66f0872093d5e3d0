"""Attempts: how tasks were last asked for with arguments, of which nothing else is remembered, so that `why` can tell.

One file for each task, in `marshal`'s format that all Pythons share. Nothing is decided by it.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Sequence
from contextlib import suppress

from buildgraph.fields import Value
from buildgraph.files import write_bytes
from buildgraph.layout import ATTEMPTS, file_name_of
from buildgraph.record.table import FORMAT

VERSION = 1


class Attempt(Value):
    """A run with arguments."""

    words: Sequence[str]
    ended: float
    """In seconds since 1970."""
    failure: str
    """Why it failed, "" if it succeeded."""


def keep(task: str, attempt: Attempt) -> None:
    """Write how a task was asked for; a disk that does not take it costs nothing but the answer."""
    with suppress(OSError):
        said = (VERSION, task, list(attempt.words), attempt.ended, attempt.failure)
        write_bytes(_path(task), marshal.dumps(said, FORMAT))


def read(task: str) -> Attempt | None:
    """Return how the task was last asked for with arguments, None if it was not."""
    try:
        with open(_path(task), "rb") as file:
            version, name, words, ended, failure = marshal.load(file)  # noqa: S302 (our own)
        return Attempt(words, ended, failure) if (version, name) == (VERSION, task) else None
    except (OSError, ValueError, TypeError, EOFError):
        return None


def drop(task: str) -> None:
    """Forget how the task was asked for."""
    with suppress(OSError):
        os.unlink(_path(task))


def _path(task: str) -> str:
    return f"{ATTEMPTS}/{file_name_of(task)}"
