"""Store: traces on disk, one file for each process that ran tests, only ever appended to.

A segment is lines of JSON, each complete in itself: facts (a table that later lines point into), contexts, results. A killed process leaves all lines but perhaps the last,
so only the tests that were running are lost. When a process ends, its segment is named by its digest: stores are merged by copying files, and nobody waits for a lock.
What ran (arcs) lies in a file beside, since deciding does not need it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .contexts import Context
from .facts import Fact

VERSION = 1
END = ".jsonl"
ARCS = ".arcs"
OPEN = "open-"
TRACES = 8
"""How many segments are kept that have a result of one test, the newest first."""


class Writer:
    """A segment that is being written."""

    def __init__(self, folder: str, run: str) -> None:
        os.makedirs(folder, exist_ok=True)
        self._base = os.path.join(folder, f"{OPEN}{uuid.uuid4().hex}")
        self._facts: dict[Fact, int] = {}
        self._lines = open(self._base + END, "a", encoding="utf-8")  # noqa: SIM115
        self._arcs = open(self._base + ARCS, "a", encoding="utf-8")  # noqa: SIM115
        self._write(self._lines, ["head", VERSION, run])

    @property
    def name(self) -> str:
        """Return the name of the segment as it is now."""
        return os.path.basename(self._base)

    def contexts(self, news: dict[str, Context]) -> None:
        """Append what is new in contexts."""
        fresh = [fact for each in news.values() for fact in sorted(each.facts) if fact not in self._facts]
        if fresh:
            for fact in fresh:
                self._facts.setdefault(fact, len(self._facts))
            self._write(self._lines, ["facts", list(self._facts)[-len(set(fresh)) :]])
        for label, each in news.items():
            numbers = sorted(self._facts[fact] for fact in each.facts)
            self._write(self._lines, ["context", label, numbers, sorted(each.uses)])
            if each.arcs:
                self._write(self._arcs, [label, each.to_plain()[2]])

    def result(self, nodeid: str, outcome: str, seconds: float) -> None:
        """Append the result of a test whose contexts were appended."""
        self._write(self._lines, ["result", nodeid, outcome, round(seconds, 4)])

    def note(self, kind: str, *values: object) -> None:
        """Append another line: "collected" with a file and its tests, "closed" with a fixture, "flaky" with a test and outcomes, "tree" with a digest."""
        self._write(self._lines, [kind, *values])

    def close(self) -> str:
        """Name the segment by its content and return its name."""
        self._lines.close()
        self._arcs.close()
        with open(self._base + END, "rb") as file:
            name = hashlib.sha256(file.read()).hexdigest()[:32]
        folder = os.path.dirname(self._base)
        os.replace(self._base + ARCS, os.path.join(folder, name + ARCS))
        os.replace(self._base + END, os.path.join(folder, name + END))
        self._base = os.path.join(folder, name)
        return name

    @staticmethod
    def _write(file: object, line: list) -> None:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
        file.flush()


@dataclass
class Segment:
    """A segment as it was read."""

    name: str
    facts: list[Fact] = field(default_factory=list)
    contexts: dict[str, tuple[set[int], set[str]]] = field(default_factory=dict)
    results: dict[str, tuple[str, float]] = field(default_factory=dict)
    collected: dict[str, list[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    flaky: dict[str, list[str]] = field(default_factory=dict)  # what they said: before, then, and alone
    tree: str = ""

    def closure(self, label: str) -> set[str]:
        """Return a context with all that it uses."""
        found: set[str] = set()
        rest = [label]
        while rest:
            each = rest.pop()
            if each not in found:
                found.add(each)
                rest += self.contexts.get(each, ((), ()))[1]
        return found

    def facts_of(self, labels: set[str]) -> set[Fact]:
        """Return the facts of contexts."""
        return {self.facts[number] for label in labels for number in self.contexts.get(label, ((), ()))[0]}

    def users(self, facts: Collection[int]) -> dict[str, int]:
        """Return the contexts that one of the facts is of, with all that use them, and over how many others they do."""
        users: dict[str, list[str]] = {}
        found: dict[str, int] = {}
        for label, (own, uses) in self.contexts.items():
            if not own.isdisjoint(facts):
                found[label] = 0
            for each in uses:
                users.setdefault(each, []).append(label)
        rest = list(found)
        for label in rest:
            for user in users.get(label, ()):
                if user not in found:
                    found[user] = found[label] + 1
                    rest.append(user)
        return found

    def finish(self) -> None:
        """Have fixtures whose end nobody saw, since their process was killed, depend on all files."""
        unfinished = [
            label for label in self.contexts if label.startswith("fix:") and label not in self.closed
        ]
        if unfinished:
            self.facts.append(("tree", "", self.tree))
            for label in unfinished:
                self.contexts[label][0].add(len(self.facts) - 1)


def names(folder: str) -> list[str]:
    """Return the names of all segments, the newest first."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        found = [
            (each.stat().st_mtime_ns, each.name.removesuffix(END))
            for each in entries
            if each.name.endswith(END)
        ]
    return [name for _, name in sorted(found, reverse=True)]


def read(folder: str, name: str) -> Segment:
    """Return a segment; an incomplete line ends it, one of another version is empty."""
    segment = Segment(name)
    with contextlib.suppress(FileNotFoundError):
        for line in _lines(os.path.join(folder, name + END)):
            kind, *values = line
            if kind == "head" and values[0] != VERSION:
                return Segment(name)
            if kind == "facts":
                segment.facts += [tuple(each) for each in values[0]]
            elif kind == "context":
                facts, uses = segment.contexts.setdefault(values[0], (set(), set()))
                facts.update(values[1])
                uses.update(values[2])
            elif kind == "result":
                segment.results[values[0]] = (values[1], values[2])
            elif kind == "collected":
                segment.collected[values[0]] = values[1]
            elif kind == "closed":
                segment.closed.add(values[0])
            elif kind == "flaky":
                segment.flaky[values[0]] = values[1]
            elif kind == "tree":
                segment.tree = values[0]
    segment.finish()
    return segment


def arcs(folder: str, name: str) -> Iterator[tuple[str, dict[str, dict[str, list[int]]]]]:
    """Yield contexts with what ran in them, by file and block."""
    with contextlib.suppress(FileNotFoundError):
        yield from _lines(os.path.join(folder, name + ARCS))


def prune(folder: str, segments: list[Segment]) -> None:
    """Delete the segments that only have results of which there are newer ones enough."""
    counts: dict[str, int] = {}
    for segment in segments:
        if all(counts.get(nodeid, 0) >= TRACES for nodeid in segment.results):
            for end in (END, ARCS):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, segment.name + end))
        for nodeid in segment.results:
            counts[nodeid] = counts.get(nodeid, 0) + 1


def _lines(path: str) -> Iterator[list]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                return
            yield json.loads(line)
