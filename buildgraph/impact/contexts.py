"""Contexts: who is charged with what happens: the session, a collected file, a module's body, a fixture, a test.

They are a stack, and its top is charged. A context uses others: a test its fixtures and its file, a file the modules that it imports. What it depends on is
what it and all that it uses, directly or not, were charged with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .facts import Fact

SESSION = "session"
THREADS = "threads"
"""What the threads of fixtures do (a server) while a test runs in a child: all that runs at the same time uses it."""
DRAWN = "drawn"
"""What Hypothesis reads of the project's modules for its examples (`drawing.py`): its tests use it."""


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
    arcs: set[int] = field(default_factory=set)  # numbers of the process's table
    heard: set[tuple[str, str]] = field(
        default_factory=set
    )  # kinds and keys: the first look is the one that counts

    def add(self, other: Context) -> None:
        """Take over all of another one."""
        self.facts |= other.facts
        self.uses |= other.uses
        self.arcs |= other.arcs

    def to_plain(self) -> list:
        """Return lists that JSON can carry."""
        return [list(self.facts), list(self.uses), list(self.arcs)]

    @classmethod
    def from_plain(cls, plain: list) -> Context:
        """Read what `to_plain` wrote."""
        facts, uses, arcs = plain
        return cls(set(map(tuple, facts)), set(uses), set(arcs))
