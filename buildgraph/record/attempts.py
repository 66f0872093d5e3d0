"""Attempts: how tasks were last asked for with arguments, of which nothing else is remembered, so that `why` can tell."""

from __future__ import annotations

from collections.abc import Sequence

from buildgraph.fields import Value
from buildgraph.layout import ATTEMPTS
from buildgraph.record.notes import Notes

NOTES = Notes(ATTEMPTS, version=1)


class Attempt(Value):
    """A run with arguments."""

    words: Sequence[str]
    ended: float
    """In seconds since 1970."""
    failure: str
    """Why it failed, "" if it succeeded."""


def keep(task: str, attempt: Attempt) -> None:
    """Write how a task was asked for."""
    NOTES.keep(task, list(attempt.words), attempt.ended, attempt.failure)


def read(task: str) -> Attempt | None:
    """Return how the task was last asked for with arguments, None if it was not."""
    note = NOTES.read(task)
    return Attempt(*note) if note else None


drop = NOTES.drop
