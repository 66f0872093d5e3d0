"""Facts: what is known of the checkout's files during one run.

Every path is looked at once a run and every content is read at most once: a stamp that equals a settled one
of the ledger brings its digest along. What is remembered is the stamp *before* the content was read, so that
a later comparison sees every change since.
"""

from __future__ import annotations

import os
import time
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Mapping

from buildgraph.errors import BuildError
from buildgraph.observe import digests, folders, listings
from buildgraph.observe.real import RealPaths, real
from buildgraph.observe.stamps import is_settled, stamp_of, take
from buildgraph.patterns import fixed_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object

ATTEMPTS = 5
"""How often a file that changes while it is read is read again."""


class Seen(namedtuple("Seen", ("stamp", "digest", "is_settled"))):
    """What was at a path: its stamp (empty if nothing), its content's digest, whether the stamp proves the content."""

    __slots__ = ()


class Known(Protocol):
    """What was known of paths before this run, as the ledger keeps it."""

    def get(self, path: str) -> list | None:
        """Return [*stamp, digest], None if nothing is known."""


NOTHING = Seen((), digests.ABSENT, True)


class Facts:
    """The memory of one run; `known` has settled stamps: path → [*stamp, digest]."""

    def __init__(self, known: Known, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.known = known
        self.clock_ns = clock_ns
        self.began_ns = clock_ns()
        self.seen: dict[str, Seen] = {}
        self.hashed = 0
        self.scanned: listings.Scanned = {}
        self.real_paths = RealPaths()
        self.links: dict[str, str] = {}
        """Path → the file that it leads to, of those that were looked at and are links or are reached through one."""
        self._expanded: dict[tuple[str, bool], tuple[str, ...]] = {}
        self._linked: set[str] = set()
        self._listed: dict[str, str] = {}

    def digest(self, path: str) -> str:
        """Return the digest of what is at `path`."""
        seen = self.seen.get(path)
        if seen is None:
            seen = self.seen[path] = self._look(path)
        return seen.digest

    def expand(self, pattern: str, follows: bool = True) -> tuple[str, ...]:
        """Return the files that match a pattern or lie in a tree, sorted; what is read `follows` links to folders."""
        paths = self._expanded.get((pattern, follows))
        if paths is None:
            linked: list[str] = []
            paths = self._expanded[pattern, follows] = listings.expand(pattern, self.scanned, follows, linked)
            folder = fixed_folder(pattern)[:-1]
            if linked or self.real_paths.folder(folder) != folder:
                self._linked.add(pattern)
                leads = {path: self.real_paths.path(path) for path in paths}
                self.links.update((path, place) for path, place in leads.items() if path != place)
        return paths

    def listing(self, folder: str) -> str:
        """Return the digest of the names in a folder."""
        found = self._listed.get(folder)
        if found is None:
            listings.note(folder, self.scanned)
            found = self._listed[folder] = listings.digest(folder)
        return found

    def moved(self, paths: Collection[str]) -> str:
        """Return one of the paths that moved (see `has_moved`), an empty text if none did; most are asked for at once."""
        settled = [path for path in paths if self.seen[path].is_settled and len(self.seen[path].stamp) == 4]
        try:
            now = list(map(stamp_of, map(os.lstat, settled)))
        except OSError:
            now = []
        rest = set(paths).difference(settled) if now == [self.seen[path].stamp for path in settled] else paths
        return next(filter(self.has_moved, rest), "")

    def has_moved(self, path: str) -> bool:
        """True if what is at `path` is not, or for some time was not, what this run has seen there."""
        before = self.seen[path]
        now = take(path)
        if (now[0] if now else ()) == before.stamp and before.is_settled:
            return False
        after = self._look(path)
        if after.digest != before.digest or after.stamp[0:1] != before.stamp[0:1]:
            return True
        self.seen[path] = after
        return False

    def replace(self, before: Iterable[str], made: Mapping[str, Seen]) -> None:
        """Enter what a command has made in the place of what was there before; patterns are expanded anew."""
        self.seen.update(made)
        for path in set(before) - made.keys():
            self.seen.pop(path, None)
        self.forget_listings(made)

    def forget_listings(self, written: Iterable[str]) -> None:
        """Expand anew what may hold the files that an action also wrote or removed."""
        if not self._expanded and not self._listed:
            return
        parents = {path[: path.rfind("/") + 1] for path in written}
        for pattern in list(self._expanded):
            fixed = fixed_folder(pattern[0])
            if pattern[0] in self._linked or any(
                folder.startswith(fixed) or fixed.startswith(folder) for folder in parents
            ):
                del self._expanded[pattern]
        self._listed.clear()

    def settle(self, limit_bytes: int) -> dict[str, list]:
        """Return what the ledger does not know yet: settled stamps with their digests.

        Small files whose stamps were too fresh are read once more, so that the next run need not do it.
        """
        news = {}
        for path, before in self.seen.items():
            seen = before
            if not seen.is_settled and len(seen.stamp) == 4 and seen.stamp[2] <= limit_bytes:
                again = self._look(path)
                if again.digest == seen.digest and again.stamp == seen.stamp:
                    seen = self.seen[path] = again
            if seen.is_settled and seen.stamp:
                entry = [*seen.stamp, seen.digest]
                if self.known.get(path) != entry:
                    news[path] = entry
        return news

    def again(self) -> Facts | None:
        """Return facts of the same paths, looked at again where a change could hide; None if one has changed.

        It cannot hide from a settled stamp: a later comparison sees it. Folders that hold other names are listed
        anew when a pattern asks for them.
        """
        facts = Facts(self.known, self.clock_ns)
        facts.began_ns = self.began_ns
        if not (self.links or self._linked):
            news = {folder for folder, listing in self.scanned.items() if not folders.is_as(folder, listing)}
            facts.scanned = {folder: self.scanned[folder] for folder in self.scanned.keys() - news}
            facts._expanded = dict(self._expanded)
            facts.forget_listings(f"{folder}/" if folder else "" for folder in news)
        settled = {path: seen for path, seen in self.seen.items() if seen.is_settled and len(seen.stamp) == 4}
        facts.seen = dict(settled)
        rest = self.seen.keys() - settled.keys()
        return facts if all(facts.digest(path) == self.seen[path].digest for path in rest) else None

    def _look(self, path: str) -> Seen:
        try:
            found = take(path)
            for _ in range(ATTEMPTS):
                if found is None:
                    return NOTHING
                stamp, mode = found
                if len(stamp) > 4:
                    self.links[path] = real(path)
                known = self.known.get(path)
                if known is not None and known == [*stamp, known[-1]]:
                    return Seen(stamp, known[-1], True)
                now = self.clock_ns()
                digest = digests.of_path(path, mode)
                self.hashed += 1
                before, found = found, take(path)
                if found == before:
                    return Seen(stamp, digest, is_settled(stamp, now))
        except OSError as error:
            raise BuildError(f"cannot examine '{path}': {error.strerror}") from None
        raise BuildError(
            f"'{path}' changes faster than it can be read", "", "Stop what writes it and run again."
        )
