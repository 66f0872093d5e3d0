"""Listings: which files a pattern or a tree stands for now.

A pattern's `*`, `?` and `[…]` match inside one name and `**` any number of folders; as in a shell, a leading
dot is matched only by a dot. A tree (`docs/`) is every file below the folder. Folders that are nobody's
source are never entered: `__pycache__`, `.git` and the build's own state. Links to folders are listed, not
followed, so that no loop can be entered.
"""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache

from buildgraph.errors import BuildError
from buildgraph.layout import STATE, is_pattern, is_tree
from buildgraph.observe import digests, folders

NEVER_ENTERED = frozenset({"__pycache__", ".git", STATE})


Scanned = dict[str, object]
"""Folder → its listing (see `folders.listing`), noted by whoever asks for it."""


def expand(pattern: str, scanned: Scanned | None = None) -> tuple[str, ...]:
    """Return the files that `pattern` stands for, sorted; an absent folder stands for none."""
    if is_tree(pattern) and not is_pattern(pattern):
        return tuple(sorted(_below(pattern[:-1], scanned)))
    parts = pattern.rstrip("/").split("/")
    if is_tree(pattern):
        parts.append("**")
        parts.append("*")
    found: list[str] = []
    _match("", tuple(parts), found, scanned)
    return tuple(sorted(set(found)))


def matches(pattern: str, path: str) -> bool:
    """True if the pattern or tree stands for `path`, whether the file exists or not."""
    if is_tree(pattern) and not is_pattern(pattern):
        return path.startswith(pattern)
    return _expression(pattern)(path) is not None


def fixed_folder(pattern: str) -> str:
    """Return the folder, with its slash, below which all matches lie ("" is the top)."""
    if not is_pattern(pattern):
        return pattern if is_tree(pattern) else pattern[: pattern.rfind("/") + 1]
    fixed = pattern[: min(pattern.find(mark) for mark in "*?[" if mark in pattern)]
    return fixed[: fixed.rfind("/") + 1]


def digest(folder: str) -> str:
    """Return the digest of the names in `folder`, `absent` if there is no such folder."""
    try:
        names = sorted(os.listdir(folder or "."))
    except (FileNotFoundError, NotADirectoryError):
        return digests.ABSENT
    except OSError as error:
        raise BuildError(f"cannot list '{folder}': {error.strerror}") from None
    kept = [name for name in names if name not in NEVER_ENTERED]
    return digests.of_bytes("\0".join(kept).encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=4096)
def _expression(pattern: str):
    """Return the matcher of whole paths for a pattern."""
    parts = []
    names = pattern.rstrip("/").split("/")
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
        end = name.find("]", position + 1) if mark == "[" else -1
        if mark == "*":
            parts.append("[^/]*")
        elif mark == "?":
            parts.append("[^/]")
        elif end > 0:
            inside = name[position:end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append("[^" + inside[1:] + "]" if inside.startswith("!") else "[" + inside + "]")
            position = end + 1
        else:
            parts.append(re.escape(mark))
    return "".join(parts)


def _match(folder: str, parts: tuple[str, ...], found: list[str], scanned: Scanned | None) -> None:
    name, rest = parts[0], parts[1:]
    if name == "**":
        if not rest:
            found.extend(_below(folder[:-1] or ".", scanned))
            return
        _match(folder, rest, found, scanned)
        for entry in _scan(folder, scanned):
            if not entry.name.startswith(".") and _is_folder(entry):
                _match(f"{folder}{entry.name}/", parts, found, scanned)
    elif not is_pattern(name):
        if rest:
            _match(f"{folder}{name}/", rest, found, scanned)
            return
        note(folder[:-1], scanned)
        if _is_file(folder + name):
            found.append(folder + name)
    else:
        is_match = _name_matcher(name)
        for entry in _scan(folder, scanned):
            if not is_match(entry.name):
                continue
            if not rest:
                if not _is_folder(entry):
                    found.append(folder + entry.name)
            elif _is_folder(entry):
                _match(f"{folder}{entry.name}/", rest, found, scanned)


def _below(folder: str, scanned: Scanned | None) -> list[str]:
    found = []
    rest = [folder + "/" if folder != "." else ""]
    while rest:
        here = rest.pop()
        for entry in _scan(here, scanned):
            if _is_folder(entry):
                rest.append(f"{here}{entry.name}/")
            elif entry.name not in NEVER_ENTERED:
                found.append(here + entry.name)
    return found


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
