"""Listings: which files a pattern or a tree stands for now.

A pattern's `*`, `?` and `[…]` match inside one name and `**` any number of folders; as in a shell, a leading
dot is matched only by a dot. A tree (`docs/`) is every file below the folder. Folders that are nobody's
source are never entered: `__pycache__`, `.git` and the build's own state.

What a link to a folder leads to belongs to what is read, so such links are followed, after all real folders: a folder that
has been searched for the same rest of the pattern holds the same files under another name, and is not searched again. That
ends every loop. A link whose folder contains the link itself and more than the tree is refused. Of what a command has made, links are
files of their own and never followed.
"""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache

from buildgraph.errors import BuildError
from buildgraph.layout import STATE, is_pattern, is_tree, shown
from buildgraph.observe import digests, folders

NEVER_ENTERED = frozenset({"__pycache__", ".git", STATE})
WILDCARDS = frozenset("*?[")


Scanned = dict[str, object]
"""Folder → its listing (see `folders.listing`), noted by whoever asks for it."""


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


def refuse_impossible(pattern: str, where: str) -> None:
    """Raise if a pattern has brackets that mean nothing, such as a range that runs backwards."""
    try:
        _expression(pattern)
    except re.error as error:
        what = f"'{shown(pattern)}' is not a pattern: {error.msg}"
        raise BuildError(what, where, "Correct what stands in its brackets.") from None


def matches(pattern: str, path: str) -> bool:
    """True if the pattern or tree stands for `path`, whether the file exists or not."""
    if is_pattern(pattern):
        return _expression(pattern)(path) is not None
    return path.startswith(pattern) if is_tree(pattern) else path == pattern


def fixed_folder(pattern: str) -> str:
    """Return the folder, with its slash, below which all matches lie ("" is the top)."""
    if not is_pattern(pattern):
        return pattern if is_tree(pattern) else pattern[: pattern.rfind("/") + 1]
    fixed = _FIXED(pattern, 1)[0]
    return fixed[: fixed.rfind("/") + 1]


def moved_pattern(pattern: str, folder: str, place: str) -> str:
    """Return the pattern or tree, whose fixed folder is `folder`, as a pattern for the same folder at another place."""
    rest = pattern[len(folder) + 2 :] if is_pattern(pattern) else "**"
    literal = re.sub(r"([*?\[])", r"[\1]", place)
    return f"/{literal}/{rest}" if literal else f"/{rest}"


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


_FIXED = re.compile(r"[^*?\[]*").match
"""Matches what a pattern says before its first wildcard."""


@lru_cache(maxsize=4096)
def _expression(pattern: str):
    """Return the matcher of whole paths for a pattern."""
    parts = []
    names = pattern[1:].rstrip("/").split("/")
    for position, name in enumerate(names):
        is_last = position == len(names) - 1
        if name == "**":
            parts.append(".+" if is_last else r"(?:[^./][^/]*/)*")
        else:
            parts.append(_name_expression(name) + ("" if is_last else "/"))
    if is_tree(pattern):
        parts.append("/.+")
    return re.compile("".join(parts), re.DOTALL).fullmatch


@lru_cache(maxsize=4096)
def _name_matcher(name: str):
    return re.compile(_name_expression(name), re.DOTALL).fullmatch


def _name_expression(name: str) -> str:
    """Translate the wildcards of one name of a path."""
    parts = ["(?!\\.)"] if name[0] in "*?[" else []
    position = 0
    while position < len(name):
        mark = name[position]
        position += 1
        is_not = name[position : position + 1] == "!"
        end = name.find("]", position + 1 + is_not) if mark == "[" else -1
        if mark == "*":
            parts.append("[^/]*")
        elif mark == "?":
            parts.append("[^/]")
        elif end > 0:
            inside = "".join(
                char if char == "-" else re.escape(char) for char in name[position + is_not : end]
            )
            parts.append(f"[{'^' if is_not else ''}{inside}]")
            position = end + 1
        else:
            parts.append(re.escape(mark))
    return "".join(parts)


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
        is_match, inner = _name_matcher(name), []
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
    """True if something is there that is no folder; where a link leads is not asked, as for a name that a wildcard finds."""
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
