"""Listings: which files a pattern or a tree stands for now.

A pattern's `*`, `?` and `[…]` match inside one name and `**` any number of folders; as in a shell, a leading
dot is matched only by a dot. A tree (`docs/`) is every file below the folder. Folders that hold no
sources are never entered: `__pycache__`, `.git` and the build's own state.

What a link to a folder leads to belongs to what is read, so such links are followed, after all real folders: a folder that
has been searched for the same rest of the pattern holds the same files under another name, and is not searched again. That
ends every loop. A link whose folder contains the link itself and more than the tree is refused. Of what a command has made, links are
files of their own and never followed.

What a pattern excludes is never entered, and a link is judged by its own name, not by where it leads.
"""

from __future__ import annotations

import os
import stat

from buildgraph.errors import BuildError
from buildgraph.exclusions import NOTHING, Rest, below, divided, is_out, rest_of
from buildgraph.layout import STATE, is_pattern, is_tree
from buildgraph.observe import digests, folders
from buildgraph.wildcards import WILDCARDS, name_matcher

NEVER_ENTERED = frozenset({"__pycache__", ".git", STATE})


Scanned = dict[str, tuple | None]
"""Folder → its listing (see `folders.listing`), noted when it is asked for."""
Parts = tuple[str, ...]
Place = tuple[str, Parts, Rest]
"""A folder, for which names it is searched, and what of the exclusions can still match below it."""
Key = tuple[int, int, Parts, Rest]


def expand(
    pattern: str, scanned: Scanned | None = None, follows: bool = True, linked: list[str] | None = None
) -> tuple[str, ...]:
    """Return the files that `pattern` stands for, sorted; an absent folder stands for none.

    Links to folders that were found are entered in `linked`.
    """
    search = _Search(scanned, follows)
    if is_pattern(pattern):
        kept, excluded = divided(pattern)
        parts = kept[1:].rstrip("/").split("/")
        search.match("", (*parts, "**") if is_tree(kept) else tuple(parts), rest_of(excluded))
    else:
        search.match(pattern, ("**",), NOTHING)
    search.follow()
    if linked is not None:
        linked += [folder for folder, _, _ in search.links]
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
        self.links: list[Place] = []
        self._searched: set[Place] = set()
        self._entered: set[Key] | None = None

    def match(self, folder: str, parts: Parts, out: Rest) -> None:
        """Find what matches the parts below a folder ("" or with its slash), and is not `out`."""
        rest = [(folder, parts, out)]
        while rest:
            place = rest.pop()
            if self._is_news(place):
                rest += self._step(*place)

    def follow(self) -> None:
        """Search the folders that links lead to."""
        if not self.links:
            return
        self._entered = {key for place in self._searched if (key := _key(place))}
        for place in self.links:  # It grows.
            if _may_enter(place[0]):
                self.match(*place)

    def _is_news(self, place: Place) -> bool:
        if self._entered is None:
            is_news = place not in self._searched
            self._searched.add(place)
            return is_news
        key = _key(place)
        if key is None or key in self._entered:
            return False
        self._entered.add(key)
        return True

    def _step(self, folder: str, parts: Parts, out: Rest) -> list[Place]:
        """Enter the files of one folder that match; return the folders below it that are to be searched for what."""
        name, rest = parts[0], parts[1:]
        if name == "**":
            return self._any_depth(folder, parts, rest, out)
        if WILDCARDS.isdisjoint(name):
            if rest:
                inside = below(out, name) if out else out
                return [] if inside is None else [(f"{folder}{name}/", rest, inside)]
            note(folder[:-1], self.scanned)
            if _is_file(folder + name) and not _is_out(out, folder, name):
                self.found.add(folder + name)
            return []
        is_match = name_matcher(name)
        inner: list[Place] = []
        for entry in _scan(folder, self.scanned):
            if not is_match(entry.name):
                continue
            if rest:
                self._enter(entry, folder, rest, out, inner)
            elif not _is_folder(entry) and not _is_out(out, folder, entry.name):
                self.found.add(folder + entry.name)
        return inner

    def _any_depth(self, folder: str, parts: Parts, rest: Parts, out: Rest) -> list[Place]:
        inner = [(folder, rest, out)] if rest else []
        for entry in _scan(folder, self.scanned):
            if rest and entry.name.startswith("."):
                continue
            if self._enter(entry, folder, parts, out, inner) or rest or entry.name in NEVER_ENTERED:
                continue
            if not _is_out(out, folder, entry.name):
                self.found.add(folder + entry.name)
        return inner

    def _enter(self, entry: os.DirEntry, folder: str, parts: Parts, out: Rest, inner: list[Place]) -> bool:
        """Note the folder, or the folder that a link leads to, as one to be searched; True if there is no more to it."""
        is_real = _is_folder(entry)
        if not is_real and not self._is_link(entry):
            return False
        inside = below(out, entry.name) if out else out
        if inside is None:
            return True
        if is_real:
            inner.append((f"{folder}{entry.name}/", parts, inside))
            return True
        self.links.append((f"{folder}{entry.name}/", parts, inside))
        # Where it leads is part of what was found, also if that was searched before.
        self.found.add(folder + entry.name)
        return False

    def _is_link(self, entry: os.DirEntry) -> bool:
        """Tell whether an entry is a link to a folder, and such links are followed."""
        is_followed = self.follows and entry.is_symlink() and entry.name not in NEVER_ENTERED
        return is_followed and folders.is_folder(entry)


def _is_out(out: Rest, folder: str, name: str) -> bool:
    """Tell whether a name of a folder, which is not that of a real folder, is excluded; a link to a folder is one."""
    if not out:
        return False
    return is_out(out, name) or (below(out, name) is None and os.path.isdir(folder + name))


def _key(place: Place) -> Key | None:
    """Return what a place is, whatever its name."""
    folder, parts, out = place
    try:
        status = os.stat(folder or ".")
    except OSError:
        return None
    return status.st_dev, status.st_ino, parts, out


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
