"""Stability: which files of the application have changed since it read them, except those that each start changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from .paths import MODULE_ENDS
from .reads import State, state

MOST = 4  # starts in a row after which a file that changes with each of them does not cause another one


class Stability:
    """How often files have changed while the application started."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.times: dict[str, int] = {}
        self.unfollowed: set[str] = set()

    def late(self, followed: Mapping[str, State], told: Iterable[tuple[str, State]]) -> list[str]:
        """Return the files, of those that a request has read, that have changed since; what has gone was made for that request."""
        paths = (path for path, _ in told if path in followed and path not in self.unfollowed)
        return self.count(path for path in paths if state(path) not in (followed[path], ()))

    def changed(self, reads: Mapping[str, State]) -> list[str]:
        """Return the files that have changed since they were read, once the application has started."""
        found = [path for path, was in reads.items() if path not in self.unfollowed and state(path) != was]
        self.times = {path: self.times.get(path, 0) for path in found}
        return self.count(found)

    def count(self, paths: Iterable[str]) -> list[str]:
        """Return those that do not change with each start; others than code are not followed any more. Code still is, by its events."""
        kept = []
        for path in paths:
            self.times[path] = self.times.get(path, 0) + 1
            if self.times[path] <= MOST:
                kept.append(path)
            elif not path.endswith(MODULE_ENDS):
                self.unfollowed.add(path)
                name = os.path.relpath(path)
                self.say(f"'{name}' changes whenever the application starts and is not followed any more")
        return kept
