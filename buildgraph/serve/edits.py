"""Edits: what was saved, as soon as it may be acted upon: one save at once, a storm of them when it is over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

from .digests import Delta, Tree
from .follower import Follower
from .loop import Loop

SETTLE_SECONDS = 0.08  # how long nothing is saved after several saves in a row
STORM_SECONDS = 0.15  # saves that follow one another faster are waited for
RECENT_SECONDS, MOST_RECENT = 1.0, 3  # more starts than that are waited longer for
LONGEST_STORM_SECONDS = 2.0


class Edits:
    """The followed files; `heard` is called with each change, `settled` with what is to be acted upon and since when."""

    def __init__(
        self,
        loop: Loop,
        roots: tuple[str, ...],
        say: Callable[[str], None],
        heard: Callable[[Delta], None],
        settled: Callable[[Delta, float], None],
    ) -> None:
        self.loop = loop
        self.heard = heard
        self.settled = settled
        self.tree = Tree(roots)
        self.follower = Follower((), self._hint, say)
        self.pending = Delta()
        self.since = self.changed_at = 0.0
        self.starts: deque[float] = deque(maxlen=8)
        self.is_closed = False

    def begin(self) -> None:
        """Know what is there, and follow it."""
        self.tree.scan()
        self.follower.follow(self.tree.watched())
        self.follower.start()
        self.follower.probe(self.tree.roots[0])

    def add(self, paths: Iterable[str]) -> None:
        """Follow files that were read, wherever they lie."""
        self.tree.add(paths)
        self.follower.follow(self.tree.watched())

    def follow_folders(self, folders: Iterable[str]) -> None:
        """Follow what is in folders, and below them."""
        self.tree.follow(folders)
        self.follower.follow(self.tree.watched())

    def note_start(self) -> None:
        """Take into account that a change has asked for a start."""
        self.starts.append(time.monotonic())

    def close(self) -> None:
        self.is_closed = True
        self.follower.close()

    def _hint(self, paths: list[str] | None) -> None:
        self.loop.call(lambda: self.look(paths))

    def look(self, paths: list[str] | None) -> bool:
        """Look at files that may have changed, and keep what has until it is acted upon; return whether anything has."""
        if self.is_closed:
            return False
        delta = self.tree.scan() if paths is None else self.tree.look(paths)
        self.follower.follow(self.tree.watched())
        if not delta:
            return False
        now = time.monotonic()
        recent = sum(now - start < RECENT_SECONDS for start in self.starts)
        is_storm = now - self.changed_at < STORM_SECONDS or recent > MOST_RECENT
        self.since = self.since or now
        self.changed_at = now
        self.pending = self.pending.and_then(delta)
        self.heard(delta)
        if is_storm and now - self.since < LONGEST_STORM_SECONDS:
            self.loop.at("settle", SETTLE_SECONDS * (1 + recent), self._settle)
        else:
            self._settle()
        return True

    def _settle(self) -> None:
        self.loop.cancel("settle")
        delta, self.pending, since, self.since = self.pending, Delta(), self.since, 0.0
        self.settled(delta, since)
