"""Contexts: who is charged with what happens: the session, a collected file, a module's body, a fixture, a test.

They are a stack, and its top is charged. A context uses others: a test its fixtures and its file, a file the modules that it imports. What it depends on is
what it and all that it uses, directly or not, were charged with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .facts import Fact

SESSION = "session"
Arcs = dict[str, dict[str, list[int]]]
"""By file and block: pairs of places in the block, one after another."""


def of_collection(key: str) -> str:
    """Return the label of the collection of a file or folder."""
    return f"collect:{key}"


def of_module(key: str) -> str:
    """Return the label of a module's body."""
    return f"mod:{key}"


def of_test(nodeid: str) -> str:
    """Return the label of a test."""
    return f"test:{nodeid}"


@dataclass
class Context:
    """What one context was charged with, and which others it uses."""

    facts: set[Fact] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    arcs: dict[tuple[str, str], set[tuple[int, int]]] = field(default_factory=dict)
    heard: set[tuple[str, str]] = field(
        default_factory=set
    )  # kinds and keys: the first look is the one that counts

    def add(self, other: Context) -> None:
        """Take over all of another one."""
        self.facts |= other.facts
        self.uses |= other.uses
        for place, pairs in other.arcs.items():
            self.arcs.setdefault(place, set()).update(pairs)

    def to_plain(self) -> list:
        """Return lists that JSON can carry."""
        arcs: Arcs = {}
        for (key, name), pairs in sorted(self.arcs.items()):
            arcs.setdefault(key, {})[name] = [end for pair in sorted(pairs) for end in pair]
        return [sorted(self.facts), sorted(self.uses), arcs]

    @classmethod
    def from_plain(cls, plain: list) -> Context:
        """Read what `to_plain` wrote."""
        facts, uses, arcs = plain
        places = {
            (key, name): set(zip(flat[::2], flat[1::2], strict=True))
            for key, blocks in arcs.items()
            for name, flat in blocks.items()
        }
        return cls({tuple(each) for each in facts}, set(uses), places)
