"""Certificate: what has to hold for a run of pytest to run nothing, in one small file, so that pytest need not start to find that out.

There is one for each list of arguments. It has all facts of all results of the last run, blocks as whole files. If one of them does not hold, the traces are asked: a comment changes a file and no
block. It is written only by a run whose tests all passed and whose facts all still held at its end.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from buildgraph.files import write_text

from . import store
from .contexts import SESSION, of_test
from .digests import Digests
from .facts import OF_SOURCES, Fact, Now, digest_of
from .paths import Paths
from .validity import decide, lost

VERSION = 2
ROOTS = "tests"
"""A context that no test uses: which files there are to collect."""


@dataclass(frozen=True)
class Answer:
    """How many tests are known, and how many of them a run would run; why, if that is not known without pytest."""

    known: int
    affected: int
    reason: str = ""

    @property
    def is_nothing(self) -> bool:
        """Tell whether pytest need not be started."""
        return not self.affected and not self.reason


def path_of(folder: str, words: Sequence[str]) -> str:
    """Return where the certificate of a run with these arguments lies; the plugin's own do not count."""
    kept: list[str] = []
    for word in words:
        if word == "buildgraph.impact" and kept and kept[-1] == "-p":
            kept.pop()
        elif not word.startswith(("--impact", "-pbuildgraph.impact")):
            kept.append(word)
    return os.path.join(folder, f"certificate-{digest_of(repr(kept))}.json")


def write(path: str, folder: str, now: Now, results: Mapping[str, str], written: Iterable[str]) -> bool:
    """Write the certificate of results (tests, and the segments that have them); return False if a fact does not hold any more."""
    labels: dict[str, set[str]] = {}
    for nodeid, name in results.items():
        labels.setdefault(name, set()).add(of_test(nodeid))
    for name in written:
        labels.setdefault(name, set())
    facts: set[Fact] = set()
    holds = True
    roots: dict[str, list[str]] = {}
    for name, wanted in labels.items():
        segment = store.read(folder, name)
        if name in written:
            roots[name] = [
                SESSION,
                ROOTS,
                *(each for each in segment.contexts if each.startswith("collect:")),
            ]
        used = segment.closure(*wanted, *roots.get(name, ()))
        facts |= segment.facts_of(used)
        holds = holds and lost(segment, now).keys().isdisjoint(used)
    if not holds:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return False
    plain = {fact if fact[0] not in OF_SOURCES else _file(fact, now) for fact in facts}
    text = {
        "version": VERSION,
        "options": now.options,
        "tests": sorted(results),
        "roots": roots,
        "facts": sorted(plain),
    }
    write_text(path, json.dumps(text))
    return True


def _file(fact: Fact, now: Now) -> Fact:
    key = fact[1].split("::", 1)[0]
    return "file", key, now.value("file", key)


def ask(root: str, folder: str, words: Sequence[str], environment: Mapping[str, str]) -> Answer:
    """Return what a run of pytest with these arguments would run."""
    path = path_of(folder, words)
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        found = {}
    if found.get("version") != VERSION:
        return Answer(0, 0, "no run with these arguments has passed since the last change")
    tests = found["tests"]
    digests = Digests(folder)
    now = Now(Paths(root), digests, environment)
    now.options = found["options"]
    if all(now.holds(tuple(fact)) for fact in found["facts"]):
        digests.save()
        return Answer(len(tests), 0)
    segments = [store.read(folder, name) for name in store.names(folder)]
    decision = decide(segments, now)
    by_name = {segment.name: segment for segment in segments}
    affected = sum(not decision.is_valid(nodeid) for nodeid in tests)
    for name, labels in found["roots"].items():
        if name not in by_name or not lost(by_name[name], now).keys().isdisjoint(labels):
            return Answer(len(tests), affected, "what is collected may have changed")
    if not affected:
        results = {nodeid: decision.source(nodeid).name for nodeid in tests}
        write(path, folder, now, results, found["roots"])
        digests.save()
    return Answer(len(tests), affected)
