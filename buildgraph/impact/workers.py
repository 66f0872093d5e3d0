"""Workers: none of xdist's where what has to run takes no longer than starting them, each of which imports everything."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Sequence

from .facts import files
from .paths import Paths
from .validity import Decision

SHORT_SECONDS = 20.0


def are_wanted(decision: Decision, tests: Iterable[str]) -> bool:
    """Tell whether what has to run is long; so are test files of which nothing is known."""
    known = {key for segment in decision.segments for key in segment.collected}
    if not known.issuperset(tests):
        return True
    affected = (nodeid for nodeid in decision.last if not decision.is_valid(nodeid))
    return sum(decision.last[nodeid][1] for nodeid in affected) > SHORT_SECONDS


def test_files(paths: Paths, words: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the test files of a run, by their keys: those that pytest's patterns name, below what it is called with."""
    roots = [paths.key(os.path.abspath(word.partition("::")[0])) for word in words]
    return [
        key
        for key in map(paths.key, files(paths))
        if any(fnmatch.fnmatch(key.rpartition("/")[2], each) for each in patterns)
        and any(root in ("", ".") or key == root or key.startswith(f"{root}/") for root in roots)
    ]
