"""Copies: which parked copies are still worth something, which one a new worker is forked from, and which are wanted next. No input or output.

A copy is valid as long as no file that it has read is of another content, and no file has appeared or vanished since it was parked: whether something
is there is asked in ways that nobody hears of. The latest valid one has done most of the work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .digests import Delta
from .processes import Copy

MOST = 8
MOST_BYTES = 256 << 20  # what all of them may take besides what they share
REMEMBERED_EDITS = 4


@dataclass(frozen=True)
class Plan:
    """What a new worker is told: before which modules to park a copy, and how many copies at most."""

    points: tuple[str, ...]
    count: int


def invalid(copies: Iterable[Copy], delta: Delta) -> list[Copy]:
    """Return the copies that are worth nothing after what happened."""
    if delta.appeared or delta.vanished:
        return list(copies)
    return [copy for copy in copies if not delta.changed.isdisjoint(copy.reads)]


def latest(copies: Sequence[Copy]) -> Copy | None:
    """Return the copy that has got furthest."""
    return max(copies, key=lambda copy: len(copy.order), default=None)


def crowding(edited: Sequence[str], copies: Sequence[Copy]) -> list[Copy]:
    """Return the copies that take the place of those wanted before the modules edited last: of the others, those that have done least."""
    missing = set(edited[-REMEMBERED_EDITS:]) - {copy.point for copy in copies}
    others = sorted((copy for copy in copies if copy.point not in edited), key=lambda copy: len(copy.order))
    return others[: max(0, len(copies) + len(missing) - MOST)]


def plan(edited: Sequence[str], copies: Collection[Copy]) -> Plan:
    """Return the copies that are wanted: before the modules edited last, and some more."""
    there = {copy.point for copy in copies}
    points = tuple(name for name in edited[-REMEMBERED_EDITS:] if name not in there)
    return Plan(points, max(0, MOST - len(copies)))


def remembered(edited: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the modules edited last, the latest at the end."""
    new = [name for name in names if name]
    return (*(name for name in edited if name not in new), *new)[-REMEMBERED_EDITS:]


def beyond(copies: Sequence[Copy], sizes: Mapping[int, int]) -> list[Copy]:
    """Return the copies that are too many or take too much; those that have done least go first."""
    kept = sorted(copies, key=lambda copy: len(copy.order), reverse=True)
    total, out = 0, []
    for number, copy in enumerate(kept):
        total += sizes.get(copy.pid, 0)
        if number >= MOST or total > MOST_BYTES:
            out.append(copy)
    return out
