"""Digests: what the followed files hold, and what has changed since they were last looked at.

Content decides. The state of a file (size, times, inode) only says whether its content has to be read again; the time of its last
change (`ctime`) is the system's own and cannot be set back. What is neither code nor was read by the application has no digest: its state is enough.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .paths import IGNORED_FOLDERS, MODULE_ENDS, is_noise, walk

MOST_BYTES = 1 << 24  # of a file whose content is compared; beyond it, its state is
CHUNK_BYTES = 1 << 20
MOST_STEPS = 200  # of a path; links may lead in a circle


@dataclass(frozen=True)
class Delta:
    """Files by real path: of another content, there, not there any more; folders are there or are not."""

    changed: frozenset[str] = frozenset()
    appeared: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.changed or self.appeared or self.vanished)

    @property
    def all(self) -> frozenset[str]:
        return self.changed | self.appeared | self.vanished

    def and_then(self, later: Delta) -> Delta:
        """Return what happened in both, one after the other."""
        return Delta(
            self.changed | later.changed, self.appeared | later.appeared, self.vanished | later.vanished
        )


@dataclass(frozen=True)
class Known:
    """A file as it was last seen; without a state it was not there."""

    state: tuple[int, ...] = ()
    digest: bytes = b""


@dataclass
class Tree:
    """The files below some folders, and others that were asked for by path."""

    roots: tuple[str, ...]
    files: dict[str, Known] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    single: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)  # their content changes in another place
    ways: set[str] = field(default_factory=set)  # links that lead to single files

    def scan(self) -> Delta:
        """Look at everything; return what has changed since."""
        found: set[str] = set()
        folders: set[str] = set()
        for root in self.roots:
            for folder, entries in walk(root, is_wanted=True):
                folders.add(folder)
                found.update(self._files(entries))
        appeared, vanished = folders - self.folders, self.folders - folders
        self.folders = folders
        delta = self._compare(found | set(self.files) | self.single)
        return delta.and_then(Delta(frozenset(), frozenset(appeared), frozenset(vanished)))

    def follow(self, roots: Iterable[str]) -> None:
        """Follow more folders; what is in them now is how they are known."""
        before = self.folders
        for root in roots:
            for folder, entries in walk(root) if root not in before else ():
                self.folders.add(folder)
                for path in self._files(entries) - self.files.keys():
                    self._keep(path, self._see(path, None))
        self.roots = (*self.roots, *(root for root in roots if root not in self.roots))

    def look(self, paths: Iterable[str]) -> Delta:
        """Look at some paths, and at what is below them; return what has changed since."""
        wanted: set[str] = set()
        before = set(self.folders)
        for path in paths:
            real = real_name(path)
            if real in self.ways:
                wanted |= self.links
            inside, is_folder = os.path.dirname(real) in self.folders, os.path.isdir(real)
            is_ignored = is_folder and os.path.basename(real) in IGNORED_FOLDERS
            if inside and is_folder and not is_ignored:
                for folder, entries in walk(real):
                    self.folders.add(folder)
                    wanted.update(entry.path for entry in entries if not is_noise(entry.path))
            if real in self.folders:
                wanted.update(each for each in self.files if each.startswith(real + os.sep))
                self._forget_folder(real)
            elif (
                real in self.files
                or real in self.single
                or (inside and not is_ignored and not is_noise(real))
            ):
                wanted.add(real)
        appeared, vanished = self.folders - before, before - self.folders
        delta = self._compare(wanted | self.links if wanted else wanted)
        return delta.and_then(Delta(frozenset(), frozenset(appeared), frozenset(vanished)))

    def add(self, paths: Iterable[str]) -> None:
        """Follow files for their content, whether they are there or not."""
        for path in paths:
            known = self.files.get(path)
            if path not in self.single:
                self.single.add(path)
                if os.path.realpath(path) != path:
                    self.links.add(path)
                    self.ways.update(links_on_the_way(path))
                if known is None or not known.digest:
                    self.files[path] = self._see(path, None)

    def watched(self) -> set[str]:
        """Return the folders whose events are wanted: those of single files, or the nearest that is there."""
        found = set(self.folders)
        for path in self.single | self.ways:
            folder = os.path.dirname(path)
            while folder not in found and not os.path.isdir(folder):
                folder = os.path.dirname(folder)
            found.add(folder)
        return found

    def _files(self, entries: Iterable[os.DirEntry]) -> set[str]:
        """Return the files of a folder that count, and note its links."""
        self.links.update(entry.path for entry in entries if entry.is_symlink())
        return {entry.path for entry in entries if not is_noise(entry.path)}

    def _forget_folder(self, folder: str) -> None:
        if not os.path.isdir(folder):
            gone = {each for each in self.folders if each == folder or each.startswith(folder + os.sep)}
            self.folders -= gone

    def _compare(self, paths: Iterable[str]) -> Delta:
        changed: set[str] = set()
        appeared: set[str] = set()
        vanished: set[str] = set()
        for path in paths:
            before = self.files.get(path, ABSENT)
            after = self._see(path, before)
            if after != before:
                self._keep(path, after)
            if bool(before.state) != bool(after.state):
                (appeared if after.state else vanished).add(path)
            elif before.state and _differ(before, after):
                changed.add(path)
        return Delta(frozenset(changed), frozenset(appeared), frozenset(vanished))

    def _keep(self, path: str, known: Known) -> None:
        if known.state or path in self.single:
            self.files[path] = known
        else:
            self.files.pop(path, None)

    def _see(self, path: str, before: Known | None) -> Known:
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return ABSENT
        state = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode)
        is_read = path in self.single or path.endswith(MODULE_ENDS)
        if before is not None and before.state == state and (before.digest or not is_read):
            return before
        if not is_read or not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return Known(state)
        return Known(state, digest(path))


ABSENT = Known()


def digest(path: str) -> bytes:
    """Return the digest of a file's content; of one that cannot be read, that and why."""
    try:
        with open(path, "rb") as file:
            content = hashlib.blake2b(digest_size=16)
            while chunk := file.read(CHUNK_BYTES):
                content.update(chunk)
            return content.digest()
    except OSError as error:
        return f"unreadable {error.errno}".encode()


def real_name(path: str) -> str:
    """Return a path with a real folder; the last part may be a link, or not there."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def links_on_the_way(path: str) -> Iterator[str]:
    """Yield the links that an absolute path leads through, each with a real folder."""
    place, rest = os.sep, path.split(os.sep)
    for _ in range(MOST_STEPS):
        if not rest:
            return
        here = os.path.normpath(os.path.join(place, rest.pop(0)))
        try:
            target = os.readlink(here)
        except (OSError, ValueError):
            place = here
            continue
        yield here
        rest = target.split(os.sep) + rest
        place = os.sep if os.path.isabs(target) else place


def _differ(before: Known, after: Known) -> bool:
    if before.digest and after.digest:
        return before.digest != after.digest
    return before.state[:2] != after.state[:2] or before.state[3] != after.state[3]
