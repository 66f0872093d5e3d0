"""Arcs: what ran, as coverage.py tells it (from line, to line), named by block and unit, so that it can be found again in an edited file.

An end of an arc is the ordinal of a unit; -1 is the entry or exit of the block's own code object, -(n + 2) that of a nested one (a lambda, a class, an inner
function) that begins at unit n. An arc never leaves its code object, so both ends are in one block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .blocks import MODULE, Block, Units

Pair = tuple[int, int]


class Encoder:
    """Names the arcs of one source."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        known = list(blocks)
        self._module = next(each for each in known if each.name == MODULE)
        self._owners: dict[int, list[Block]] = {}
        self._units = {block.name: Units(block.units) for block in known}
        for block in known:
            if block is not self._module:
                for line in range(block.first, block.last + 1):
                    self._owners.setdefault(line, []).append(block)

    def encode(self, arc: Pair) -> tuple[Block, Pair]:
        """Return the block that an arc ran in, and its ends there."""
        block = _owner(self._owners, self._module, *arc)
        units = self._units[block.name]
        return block, (_place(block, units, arc[0]), _place(block, units, arc[1]))


def _owner(owners: dict[int, list[Block]], module: Block, start: int, end: int) -> Block:
    inside = [line for line in (start, end) if line > 0]
    outside = [-line for line in (start, end) if line < 0]
    for block in owners.get(inside[0] if inside else outside[0], ()):
        has_inside = all(block.body <= line <= block.last for line in inside)
        if has_inside and all(line == block.first or block.body <= line <= block.last for line in outside):
            return block
    return module


def _place(block: Block, units: Units, line: int) -> int:
    if line > 0:
        return units.of(line)
    if -line == block.first:
        return -1
    return -(units.of(-line) + 2)


def decode(block: Block, pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield the arcs of a block at the lines where it is now."""
    for start, end in pairs:
        yield _line(block, start), _line(block, end)


def _line(block: Block, place: int) -> int:
    if place >= 0:
        return block.units[place]
    return -block.first if place == -1 else -block.units[-place - 2]
