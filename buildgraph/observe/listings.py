"""Listings: which files a pattern or a tree stands for now.

A pattern's `*`, `?` and `[…]` match inside one name and `**` any number of folders; as in a shell, a leading
dot is matched only by a dot. A tree (`docs/`) is every file below the folder. Folders that hold no
sources are never entered: `__pycache__`, `.git` and the build's own state.

What a link to a folder leads to belongs to what is read, so such links are followed, after all real folders: a folder that
has been searched for the same rest of the pattern holds the same files under another name, and is not searched again. That
ends every loop. A link whose folder contains the link itself and more than the tree is refused. Of what a command has made, links are
files of their own and never followed.
"""

from __future__ import annotations

import os
import stat

from buildgraph.errors import BuildError
from buildgraph.layout import STATE, is_pattern, is_tree
from buildgraph.observe import digests, folders
from buildgraph.patterns import WILDCARDS, name_matcher

NEVER_ENTERED = frozenset({"__pycache__", ".git", STATE})


Scanned = dict[str, tuple | None]
"""Folder → its listing (see `folders.listing`), noted when it is asked for."""


def expand(
    pattern: str, scanned: Scanned | None = None, follows: bool = True, linked: list[str] | None = None
) -> tuple[str, ...]:
    """Return the files that `pattern` stands for, sorted; an absent folder stands for none.

    Links to folders that were found are entered in `linked`.
    """
    search = _Search(scanned, follows)
    if is_pattern(pattern):
        parts = pattern[1:].rstrip("/").split("/")
        search.match("", (*parts, "**") if is_tree(pattern) else tuple(parts))
    else:
        search.match(pattern, ("**",))
    search.follow()
    if linked is not None:
        linked += [folder for folder, _ in search.links]
    return tuple(sorted(search.found))


def digest(folder: str) -> str:
    """Return the digest of the names in `folder`, and which are folders and links; `absent` if there is no such folder."""
    try:
        with os.scandir(folder or ".") as entries:
            kept = sorted(folders.marked(entry) for entry in entries if entry.name not in NEVER_ENTERED)
    except (FileNotFoundError, NotADirectoryError):
        return digests.ABSENT
    except OSError as error:
        raise BuildError(f"cannot list '{folder}': {error.strerror}") from None
    return digests.of_bytes("\0".join(kept).encode("utf-8", "surrogateescape"))


class _Search:
    """One search; `match` enters real folders, `follow` those that links lead to."""

    def __init__(self, scanned: Scanned | None, follows: bool) -> None:
        self.scanned = scanned
        self.follows = follows
        self.found: set[str] = set()
        self.links: list[tuple[str, tuple[str, ...]]] = []
        self._searched: set[tuple[str, tuple[str, ...]]] = set()
        self._entered: set[tuple[int, int, tuple[str, ...]]] | None = None

    def match(self, folder: str, parts: tuple[str, ...]) -> None:
        """Find what matches the parts below a folder ("" or with its slash)."""
        rest = [(folder, parts)]
        while rest:
            folder, parts = rest.pop()
            if self._is_news(folder, parts):
                rest += self._step(folder, parts)

    def follow(self) -> None:
        """Search the folders that links lead to."""
        if not self.links:
            return
        self._entered = {key for folder, parts in self._searched if (key := _key(folder, parts))}
        for folder, parts in self.links:  # It grows.
            if _may_enter(folder):
                self.match(folder, parts)

    def _is_news(self, folder: str, parts: tuple[str, ...]) -> bool:
        if self._entered is None:
            is_news = (folder, parts) not in self._searched
            self._searched.add((folder, parts))
            return is_news
        key = _key(folder, parts)
        if key is None or key in self._entered:
            return False
        self._entered.add(key)
        return True

    def _step(self, folder: str, parts: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        """Enter the files of one folder that match; return the folders below it that are to be searched for what."""
        name, rest = parts[0], parts[1:]
        if name == "**":
            return self._any_depth(folder, parts, rest)
        if WILDCARDS.isdisjoint(name):
            if rest:
                return [(f"{folder}{name}/", rest)]
            note(folder[:-1], self.scanned)
            if _is_file(folder + name):
                self.found.add(folder + name)
            return []
        is_match = name_matcher(name)
        inner: list[tuple[str, tuple[str, ...]]] = []
        for entry in _scan(folder, self.scanned):
            if not is_match(entry.name):
                continue
            if rest:
                self._enter(entry, folder, rest, inner)
            elif not _is_folder(entry):
                self.found.add(folder + entry.name)
        return inner

    def _any_depth(self, folder: str, parts: tuple[str, ...], rest: tuple[str, ...]) -> list:
        inner = [(folder, rest)] if rest else []
        for entry in _scan(folder, self.scanned):
            if rest and entry.name.startswith("."):
                continue
            if not self._enter(entry, folder, parts, inner) and not rest and entry.name not in NEVER_ENTERED:
                self.found.add(folder + entry.name)
        return inner

    def _enter(self, entry: os.DirEntry, folder: str, parts: tuple[str, ...], inner: list) -> bool:
        """Note the folder, or the folder that a link leads to, as one to be searched; True if it is a real folder."""
        if _is_folder(entry):
            inner.append((f"{folder}{entry.name}/", parts))
            return True
        if (
            self.follows
            and entry.is_symlink()
            and folders.is_folder(entry)
            and entry.name not in NEVER_ENTERED
        ):
            self.links.append((f"{folder}{entry.name}/", parts))
            self.found.add(
                folder + entry.name
            )  # Where it leads is part of what was found, also if that was searched before.
        return False


def _key(folder: str, parts: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]] | None:
    try:
        status = os.stat(folder or ".")
    except OSError:
        return None
    return status.st_dev, status.st_ino, parts


def _may_enter(link: str) -> bool:
    """Tell whether a link leads to a folder that is somebody's source; raise if the whole checkout is in it."""
    real, root = os.path.realpath(link), os.path.realpath(".")
    if os.path.join(root, "").startswith(os.path.join(real, "")):
        what = f"the link '{link[:-1]}' leads to a folder that contains the whole checkout"
        raise BuildError(what, "", "Remove it, or name the files that are read.")
    return NEVER_ENTERED.isdisjoint(os.path.relpath(real, root).split(os.sep))


def note(folder: str, scanned: Scanned | None) -> None:
    """Remember what names a folder holds, at the first look at it: later names are news."""
    if scanned is not None and folder not in scanned:
        scanned[folder] = folders.listing(folder)


def _is_file(path: str) -> bool:
    """True if something other than a folder is there; where a link leads is not asked, as for a name that a wildcard finds."""
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_folder(entry: os.DirEntry) -> bool:
    return entry.is_dir(follow_symlinks=False) and entry.name not in NEVER_ENTERED


def _scan(folder: str, scanned: Scanned | None) -> list[os.DirEntry]:
    try:
        note(folder[:-1], scanned)
        with os.scandir(folder or ".") as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise BuildError(f"cannot list '{folder}': {error.strerror}") from None
