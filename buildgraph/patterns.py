"""Patterns: which paths a pattern or a tree stands for, by its text alone.

A pattern's `*`, `?` and `[…]` match inside one name and `**` any number of folders; as in a shell, a leading
dot is matched only by a dot. A tree (`docs/`) is every file below the folder.

`re` is imported where it is needed: most runs look at no pattern, and it is a tenth of what one edit costs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from buildgraph.errors import BuildError
from buildgraph.layout import is_pattern, is_tree, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    Matcher = Callable[[str], re.Match[str] | None]

WILDCARDS = frozenset("*?[")


def refuse_impossible(pattern: str, where: str) -> None:
    """Raise if a pattern has brackets that mean nothing, such as a range that runs backwards."""
    import re

    try:
        _expression(pattern)
    except re.error as error:
        what = f"'{shown(pattern)}' is not a pattern: {error.msg}"
        raise BuildError(what, where, "Correct what is between its brackets.") from None


def matches(pattern: str, path: str) -> bool:
    """True if the pattern or tree stands for `path`, whether the file exists or not."""
    if is_pattern(pattern):
        return _expression(pattern)(path) is not None
    return path.startswith(pattern) if is_tree(pattern) else path == pattern


def fixed_folder(pattern: str) -> str:
    """Return the folder, with its slash, below which all matches lie ("" is the top)."""
    if not is_pattern(pattern):
        return pattern if is_tree(pattern) else pattern[: pattern.rfind("/") + 1]
    end = min((position for mark in WILDCARDS if (position := pattern.find(mark)) > 0), default=len(pattern))
    return pattern[1 : pattern.rfind("/", 1, end) + 1]


def moved_pattern(pattern: str, folder: str, place: str) -> str:
    """Return the pattern or tree, whose fixed folder is `folder`, as a pattern for the same folder at another place."""
    rest = pattern[len(folder) + 2 :] if is_pattern(pattern) else "**"
    literal = "".join([f"[{char}]" if char in WILDCARDS else char for char in place])
    return f"/{literal}/{rest}" if literal else f"/{rest}"


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> Matcher:
    """Return the matcher of whole paths for a pattern."""
    import re

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
def name_matcher(name: str) -> Matcher:
    """Return the matcher of one name of a path."""
    import re

    return re.compile(_name_expression(name), re.DOTALL).fullmatch


def _name_expression(name: str) -> str:
    """Translate the wildcards of one name of a path."""
    from re import escape

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
            inside = "".join(char if char == "-" else escape(char) for char in name[position + is_not : end])
            parts.append(f"[{'^' if is_not else ''}{inside}]")
            position = end + 1
        else:
            parts.append(escape(mark))
    return "".join(parts)
