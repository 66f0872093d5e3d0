"""Where things are: canonical paths of a checkout and the places of the build's state."""

from __future__ import annotations

import os
import posixpath
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
TOOLS = f"{STATE}/tools"
FAILED = f"{STATE}/failed"
RUNS = f"{STATE}/runs"
ATTEMPTS = f"{STATE}/attempts"
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep

REMEMBERED = frozenset(
    (
        "ledger",
        "lock",
        "certificates",
        "graphs",
        "logs",
        "failed",
        "runs",
        "attempts",
        "staging",
        "set-aside",
        "home",
        "tools",
        "interpreter",
    )
)
"""What of the state folder is ours alone; the rest is for outputs that nobody needs to see."""

PATTERN = "/"
"""How a pattern begins where it is kept, as in `.gitignore`: no path of a checkout begins so, and what follows has glob's syntax."""
WITHOUT = "\0"
"""What ends a pattern and each of its exclusions, where a pattern has some: no path has it (`exclusions.py`)."""
_SAID = frozenset("*?")
"""What makes a text a pattern. Brackets do not: they are letters of too many names (`pages/[id].js`)."""


class Glob:
    """A pattern in which brackets are syntax, too; `dodo.py` says `glob("src/[ab]*.c")`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"glob({self.text!r})"


def canonical(path: object, where: str = "") -> str:
    """Return `path` as repository-relative posix text, a trailing slash kept; refuse what is outside the checkout.

    A text with `*` or `?` and a `Glob` become patterns, which begin with a slash; a `pathlib.Path` is that path, whatever its
    name. A pattern stands for the file of its own name, too, so a name that happens to have a star is never missed.
    """
    if type(path) is Glob:
        return PATTERN + canonical_path(exact(path.text), where)
    if isinstance(path, str) and not _SAID.isdisjoint(path):
        return PATTERN + canonical_path(exact(path), where).replace("[", "[[]")
    return canonical_path(path, where)


def canonical_path(path: object, where: str = "") -> str:
    """Return as `canonical` does what is a path or a tree, whatever its name."""
    if type(path) is str:
        text = path
    elif isinstance(path, (str, os.PathLike)):
        text = exact(os.fsdecode(path))
    else:
        raise BuildError(f"{path!r} is not a path", where, "Write a string or a pathlib.Path.")
    if not text.isascii():
        refuse_unwritable(text, where)
    if text[:1] not in "./" and text[1:2] != ":" and text[-1:] != "/" and not _may_differ(text):
        return text
    if "\0" in text:
        raise BuildError(f"the path {text!r} contains a zero byte", where)
    if not text or text in (".", "./"):
        raise BuildError(
            f"the path {text!r} does not name a file of the checkout",
            where,
            "Write a path relative to the top folder.",
        )
    plain = posixpath.normpath(text)
    if plain.startswith(("/", "../")) or plain == ".." or (len(plain) > 1 and plain[1] == ":"):
        raise BuildError(
            f"the path '{text}' is outside the checkout", where, "Write a path relative to the top folder."
        )
    return plain + "/" if text.endswith("/") else plain


def _may_differ(text: str) -> bool:
    """Tell whether a path has what is not as `canonical` would write it, or may not be."""
    return "//" in text or "/." in text or "*" in text or "?" in text or "\0" in text


def exact(text: object) -> str:
    """Return a text as what it is alone, not as a member of an enumeration or whatever else may be a text, too."""
    return str.__str__(text) if isinstance(text, str) else str(text)


def refuse_unwritable(text: str, where: str) -> None:
    """Raise if this system cannot have the text in a file's name or a command (a lone surrogate)."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        shown = text.encode("ascii", "backslashreplace").decode()
        raise BuildError(f"'{shown}' has a character that this system cannot write", where) from None


def is_pattern(path: str) -> bool:
    """True if the path stands for the files that match it."""
    return path[0] == PATTERN


def is_exact(path: str) -> bool:
    """True if the path stands for one file: it is neither a pattern nor a tree."""
    return path[0] != PATTERN and path[-1] != "/"


def is_tree(path: str) -> bool:
    """True if the path stands for all files below a folder."""
    return path[-1] == "/"


def shown(path: str) -> str:
    """Return a path, a tree or a pattern as a person would write it."""
    if path[:1] != PATTERN:
        return path
    if path[-1] == WITHOUT:
        kept, *excluded = map(shown, path[:-1].split(WITHOUT))
        return f"{kept} without {', '.join(excluded)}"
    return path[1:].replace("[[]", "[")


@lru_cache(maxsize=256)
def file_name_of(task: str) -> str:
    """Return a file name for a task's name: readable, different for different tasks, short enough for any file system."""
    plain = "".join([char if char.isalnum() or char in "_.-" else "_" for char in task])
    if plain == task and len(plain) <= 80:
        return plain
    return f"{plain[:80]}-{crc32(task.encode('utf-8', 'surrogateescape')):08x}"
