"""Flaky: tests whose result changed although no fact did; each runs once more, alone, and is kept with what it said each time."""

from __future__ import annotations

from collections.abc import Iterable

from . import store
from .validity import FAILED


def is_flaky(held: Iterable[str], outcome: str) -> bool:
    """Tell whether an outcome contradicts those that are held under the same facts."""
    return any((each == FAILED) != (outcome == FAILED) for each in held)


def sentence(nodeid: str, said: list[str]) -> str:
    """Return what a test said: before, now, and when it ran alone, if it did."""
    before, now, *alone = said
    again = f", and {alone[0]} when it ran alone" if alone else ""
    return f"'{nodeid}' is flaky: its result changed, and no fact did ({before} before, then {now}{again})"


def listing(segments: Iterable[store.Segment]) -> list[str]:
    """Return a sentence for each test that was flaky, as it was the last time; the newest segment comes first."""
    found: dict[str, list[str]] = {}
    for segment in segments:
        for nodeid, said in segment.flaky.items():
            found.setdefault(nodeid, said)
    return [sentence(nodeid, said) for nodeid, said in sorted(found.items())]
