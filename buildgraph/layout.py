"""Where things are: canonical paths of a checkout and the places of the build's state."""

from __future__ import annotations

import os
import posixpath
import re
from functools import lru_cache
from zlib import crc32

from buildgraph.errors import BuildError

DODO = "dodo.py"
STATE = ".buildgraph"
LEDGER = f"{STATE}/ledger"
LOCK = f"{STATE}/lock"
CERTIFICATES = f"{STATE}/certificates"
GRAPHS = f"{STATE}/graphs"
LOGS = f"{STATE}/logs"
STAGING = f"{STATE}/staging"
SET_ASIDE = f"{STATE}/set-aside"
HOME = f"{STATE}/home"

WILDCARDS = frozenset("*?[")
_MAY_DIFFER = re.compile("/[./]|\0").search
"""Finds what a path has that is not as `canonical` would write it, and some that is."""

_NOT_PLAIN = re.compile(r"[^\w.-]")


def canonical(path: object, where: str = "") -> str:
    """Return `path` as repository-relative posix text, a trailing slash kept; refuse what is outside the checkout."""
    if type(path) is str:
        text = path
    elif isinstance(path, (str, os.PathLike)):
        text = exact(os.fsdecode(path))
    else:
        raise BuildError(f"{path!r} is no path", where, "Write a text or a pathlib.Path.")
    if not text.isascii():
        refuse_unwritable(text, where)
    if text[:1] not in "./" and text[1:2] != ":" and text[-1:] != "/" and not _MAY_DIFFER(text):
        return text
    if "\0" in text:
        raise BuildError(f"the path {text!r} contains a zero byte", where)
    if not text or text in (".", "./"):
        raise BuildError(
            f"the path {text!r} names no file of the checkout",
            where,
            "Write a path relative to the top folder.",
        )
    plain = posixpath.normpath(text)
    if plain.startswith(("/", "../")) or plain == ".." or (len(plain) > 1 and plain[1] == ":"):
        raise BuildError(
            f"the path '{text}' is outside the checkout", where, "Write a path relative to the top folder."
        )
    return plain + "/" if text.endswith("/") else plain


def exact(text: object) -> str:
    """Return a text as what it is alone, not as a member of an enumeration or whatever else may be a text, too."""
    return str.__str__(text) if isinstance(text, str) else str(text)


def refuse_unwritable(text: str, where: str) -> None:
    """Raise if the text is none that a file or a word of a command can have on this system (a lone surrogate)."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        shown = text.encode("ascii", "backslashreplace").decode()
        raise BuildError(f"'{shown}' has a character that this system cannot write", where) from None


def is_pattern(path: str) -> bool:
    """True if the path stands for the files that match it."""
    return not WILDCARDS.isdisjoint(path)


def is_exact(path: str) -> bool:
    """True if the path stands for one file: it is neither a pattern nor a tree."""
    return path[-1:] != "/" and WILDCARDS.isdisjoint(path)


def is_tree(path: str) -> bool:
    """True if the path stands for all files below a folder."""
    return path.endswith("/")


@lru_cache(maxsize=256)
def file_name_of(task: str) -> str:
    """Return a file name for a task's name: readable, different for different tasks, short enough for any file system."""
    plain = _NOT_PLAIN.sub("_", task)
    if plain == task and len(plain) <= 80:
        return plain
    return f"{plain[:80]}-{crc32(task.encode('utf-8', 'surrogateescape')):08x}"
