"""Store: traces on disk, one file for each process that ran tests, only ever appended to.

A segment is lines of JSON, each complete in itself: facts (a table that later lines point into), contexts, results. A killed process leaves all lines but perhaps the last,
so only the tests that were running are lost. When a process ends, its segment is named by its digest: stores are merged by copying files, and nobody waits for a lock.
What ran (arcs) lies in a separate file, since deciding does not need it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import time
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .contexts import Context
from .facts import Fact
from .ran import Table

VERSION = 2
END = ".jsonl"
ARCS = ".arcs"
OPEN = "open-"
TRACES = 8
"""How many segments are kept that have a result of one test, the newest first."""
ABANDONED_SECONDS = 86_400.0
"""After that, an open segment is of a run that was killed, not of one that goes on at the same time."""


class Writer:
    """A segment that is being written."""

    def __init__(self, folder: str, run: str) -> None:
        os.makedirs(folder, exist_ok=True)
        self._base = os.path.join(folder, f"{OPEN}{uuid.uuid4().hex}")
        self._facts: dict[Fact, int] = {}
        self._owners = self._places = 0
        self._lines: list[list] = [["head", VERSION, run]]
        self._arcs: list[list] = []
        self.flush()

    @property
    def name(self) -> str:
        """Return the name of the segment as it is now."""
        return os.path.basename(self._base)

    def contexts(self, news: dict[str, Context], ran: Table) -> None:
        """Append what is new in contexts."""
        fresh = list(
            dict.fromkeys(fact for each in news.values() for fact in each.facts if fact not in self._facts)
        )
        if fresh:
            self._facts.update(
                zip(fresh, range(len(self._facts), len(self._facts) + len(fresh)), strict=True)
            )
            self._lines.append(["facts", fresh])
        if len(ran.places) > self._places:
            owners = [owner[:3] for owner in ran.owners[self._owners :]]
            self._arcs.append(["table", owners, ran.places[self._places :]])
            self._owners, self._places = len(ran.owners), len(ran.places)
        for label, each in news.items():
            self._lines.append(["context", label, [self._facts[fact] for fact in each.facts], [*each.uses]])
            if each.arcs:
                self._arcs.append(["ran", label, [*each.arcs]])

    def result(self, nodeid: str, outcome: str, seconds: float) -> None:
        """Append the result of a test whose contexts were appended, and write all that."""
        self._lines.append(["result", nodeid, outcome, round(seconds, 4)])
        self.flush()

    def note(self, kind: str, *values: object) -> None:
        """Append another line: "collected" with a file and its tests, "closed" with a fixture, "flaky" with a test and outcomes, "tree" with a digest."""
        self._lines.append([kind, *values])

    def flush(self) -> None:
        """Write what was appended; nothing waits in a buffer that a fork would copy."""
        for end, lines in ((ARCS, self._arcs), (END, self._lines)):
            with open(self._base + end, "ab") as file:
                file.write("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode())
            lines.clear()

    def close(self) -> str:
        """Name the segment by its content and return its name."""
        self.flush()
        with open(self._base + END, "rb") as file:
            name = hashlib.sha256(file.read()).hexdigest()[:32]
        folder = os.path.dirname(self._base)
        os.replace(self._base + ARCS, os.path.join(folder, name + ARCS))
        os.replace(self._base + END, os.path.join(folder, name + END))
        self._base = os.path.join(folder, name)
        return name


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

    def closure(self, *labels: str) -> set[str]:
        """Return contexts with all that they use."""
        found: set[str] = set()
        rest = [*labels]
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
    """Return a segment; an incomplete line ends it, one of another version is empty. A closed one is read once."""
    return _read(folder, name) if name.startswith(OPEN) else _read_once(folder, name)


@functools.cache
def _read_once(folder: str, name: str) -> Segment:
    return _read(folder, name)


def _read(folder: str, name: str) -> Segment:
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


class Arcs:
    """What ran in the contexts of a segment: an iterable of labels and the numbers of arcs, which the table has by then."""

    def __init__(self, folder: str, name: str) -> None:
        self.owners: list[list[str]] = []  # file, block, digest
        self.places: list[list[int]] = []  # owner, and the two ends
        self._path = os.path.join(folder, name + ARCS)

    def __iter__(self) -> Iterator[tuple[str, list[int]]]:
        with contextlib.suppress(FileNotFoundError):
            for kind, *values in _lines(self._path):
                if kind == "table":
                    self.owners += values[0]
                    self.places += values[1]
                else:
                    yield values[0], values[1]


def prune(folder: str, segments: list[Segment]) -> None:
    """Delete the segments that only have results of which there are newer ones enough."""
    counts: dict[str, int] = {}
    for segment in segments:
        is_open = segment.name.startswith(OPEN) and _age_seconds(folder, segment) < ABANDONED_SECONDS
        if not is_open and all(counts.get(nodeid, 0) >= TRACES for nodeid in segment.results):
            for end in (END, ARCS):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, segment.name + end))
        for nodeid in segment.results:
            counts[nodeid] = counts.get(nodeid, 0) + 1


def _age_seconds(folder: str, segment: Segment) -> float:
    with contextlib.suppress(FileNotFoundError):
        return time.time() - os.stat(os.path.join(folder, segment.name + END)).st_mtime
    return ABANDONED_SECONDS


def _lines(path: str) -> Iterator[list]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                return
            yield json.loads(line)
