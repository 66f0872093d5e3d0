"""Ran: a table of all arcs that ran in this process; contexts have their numbers, so that a thousand tests that run the same lines cost a thousand small sets.

A forked child begins with its parent's table, and tells what it has added; the parent adopts that, and its next child knows it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .arcs import Encoder, Pair
from .blocks import Block
from .facts import Fact, digest_of


class Owner(NamedTuple):
    """A block that ran."""

    key: str
    name: str
    digest: str
    keeps: bool


class Place(NamedTuple):
    """An arc of a block: the number of its owner, and the places in it."""

    owner: int
    start: int
    end: int


class _Source:
    """What is known of one source as it was read."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.numbers: dict[Pair, int] = {}
        self._encoder: Encoder | None = None

    def encode(self, arc: Pair) -> tuple[Block, Pair]:
        if self._encoder is None:
            self._encoder = Encoder(self.blocks)
        return self._encoder.encode(arc)

    @functools.cached_property
    def digest(self) -> str:
        """Return what tells two layouts of a source apart."""
        return digest_of(repr(self.blocks))


class Table:
    """Owners and places by number."""

    def __init__(self) -> None:
        self.owners: list[Owner] = []
        self.places: list[Place] = []
        self.facts: list[Fact] = []
        """The fact of each owner."""
        self._owner_numbers: dict[Owner, int] = {}
        self._place_numbers: dict[Place, int] = {}
        self._owner_of: list[int] = []
        self._sources: dict[str, _Source] = {}
        self._added: list[tuple[str, Pair, int]] = []

    def numbers(self, key: str, blocks: Sequence[Block], arcs: Iterable[Pair]) -> set[int]:
        """Return the numbers of arcs that ran in a source."""
        source = self._source(key, blocks)
        known = source.numbers
        try:
            return set(map(known.__getitem__, arcs))
        except KeyError:
            for arc in arcs:
                if arc not in known:
                    block, pair = source.encode(arc)
                    known[arc] = self._number(Owner(key, block.name, block.digest, block.keeps), pair)
                    self._added.append((key, arc, known[arc]))
            return set(map(known.__getitem__, arcs))

    def owners_of(self, numbers: Iterable[int]) -> set[int]:
        """Return the numbers of the blocks in which arcs ran."""
        return set(map(self._owner_of.__getitem__, numbers))

    def begin(self) -> None:
        """Forget what was added until now: a child tells only what it adds itself."""
        self._added = []

    def take_added(self) -> list:
        """Return what was added since this was asked last, as `adopt` takes it: by source, its layout and its arcs."""
        added, self._added = self._added, []
        found: dict[str, list] = {}
        for key, arc, number in added:
            place = self.places[number]
            owner = self.owners[place.owner]
            if key not in found:
                found[key] = [key, self._sources[key].digest, []]
            found[key][2].append([number, arc, owner.name, owner.digest, owner.keeps, place.start, place.end])
        return list(found.values())

    def adopt(self, added: list, read: Callable[[str], Sequence[Block]], translation: dict[int, int]) -> None:
        """Take over what a child has added, and note in a translation which numbers are others here.

        `read` returns the blocks of a source as it is now: if its layout is the child's, the next child need not look again.
        """
        for key, layout, rows in added:
            source = self._sources.get(key) or self._source(key, read(key))
            is_same = source.digest == layout
            for theirs, arc, name, digest, keeps, start, end in rows:
                number = self._number(Owner(key, name, digest, keeps), (start, end))
                translation[theirs] = number
                if is_same:
                    source.numbers.setdefault(tuple(arc), number)

    def _source(self, key: str, blocks: Sequence[Block]) -> _Source:
        source = self._sources.get(key)
        if source is None or source.blocks is not blocks:
            source = self._sources[key] = _Source(blocks)
        return source

    def _number(self, owner: Owner, pair: Pair) -> int:
        at = self._owner_numbers.setdefault(owner, len(self.owners))
        if at == len(self.owners):
            self.owners.append(owner)
            self.facts.append(("block", f"{owner.key}::{owner.name}", owner.digest))
        place = Place(at, *pair)
        number = self._place_numbers.setdefault(place, len(self.places))
        if number == len(self.places):
            self.places.append(place)
            self._owner_of.append(at)
        return number
