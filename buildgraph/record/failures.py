"""Failures: which tasks failed when they ran last, when, how, and on what, so that `why` can tell.

A note goes when the task succeeds or is forgotten. A task that failed has no recorded success, which is why it runs.
"""

from __future__ import annotations

from buildgraph.decide.staleness import Trace
from buildgraph.fields import Value
from buildgraph.layout import FAILED
from buildgraph.record.notes import Notes

NOTES = Notes(FAILED, version=2)


class Failed(Value):
    """How a task failed, and what it depended on then."""

    what: str
    trace: Trace
    ended: float
    """In seconds since 1970."""


def keep(task: str, what: str, trace: Trace, ended: float) -> None:
    """Write how a task failed."""
    NOTES.keep(task, what, trace.as_dict(), ended)


def read(task: str) -> Failed | None:
    """Return how the task failed when it ran last, None if it did not."""
    note = NOTES.read(task)
    return Failed(note[0], Trace(**note[1]), note[2]) if note else None


drop = NOTES.drop
