"""Failures: which tasks failed when they ran last, how, and on what, so that `why` can tell.

One file for each, in `marshal`'s format that all Pythons share; it goes when the task succeeds or is forgotten. Nothing is decided
by it: a task that failed has no recorded success, which is why it runs.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress

from buildgraph.decide.staleness import Trace
from buildgraph.fields import Value
from buildgraph.files import write_bytes
from buildgraph.layout import FAILED, file_name_of
from buildgraph.record.table import FORMAT

VERSION = 1


class Failed(Value):
    """How a task failed, and what it depended on then."""

    what: str
    trace: Trace


def keep(task: str, what: str, trace: Trace) -> None:
    """Write how a task failed; a disk that does not take it costs nothing but the answer."""
    with suppress(OSError):
        write_bytes(_path(task), marshal.dumps((VERSION, task, what, trace.as_dict()), FORMAT))


def read(task: str) -> Failed | None:
    """Return how the task failed when it ran last, None if it did not."""
    try:
        with open(_path(task), "rb") as file:
            version, name, what, trace = marshal.load(file)  # noqa: S302 (our own)
        return Failed(what, Trace(**trace)) if (version, name) == (VERSION, task) else None
    except (OSError, ValueError, TypeError, EOFError):
        return None


def drop(task: str) -> None:
    """Forget that the task failed."""
    with suppress(OSError):
        os.unlink(_path(task))


def _path(task: str) -> str:
    return f"{FAILED}/{file_name_of(task)}"
