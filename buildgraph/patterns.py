"""Patterns: which paths a pattern or a tree stands for, by its text alone.

A pattern's `*`, `?` and `[…]` match inside one name and `**` any number of folders; as in a shell, a leading
dot is matched only by a dot. A tree (`docs/`) is every file below the folder. Both may carry exclusions.

`re` is imported where it is needed: most runs look at no pattern, and it is a tenth of what one edit costs.
"""

from __future__ import annotations

from functools import lru_cache

from buildgraph.errors import BuildError
from buildgraph.exclusions import divided, excludes, excluding, moved_exclusions
from buildgraph.layout import is_pattern, is_tree, shown
from buildgraph.wildcards import WILDCARDS, name_expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.wildcards import Matcher


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
        kept, excluded = divided(pattern)
        return _expression(kept)(path) is not None and not (excluded and excludes(excluded, path))
    return path.startswith(pattern) if is_tree(pattern) else path == pattern


def fixed_folder(pattern: str) -> str:
    """Return the folder, with its slash, below which all matches lie ("" is the top)."""
    if not is_pattern(pattern):
        return pattern if is_tree(pattern) else pattern[: pattern.rfind("/") + 1]
    pattern, _ = divided(pattern)
    end = min((position for mark in WILDCARDS if (position := pattern.find(mark)) > 0), default=len(pattern))
    return pattern[1 : pattern.rfind("/", 1, end) + 1]


def moved_pattern(pattern: str, folder: str, place: str) -> str:
    """Return the pattern or tree, whose fixed folder is `folder`, as a pattern for the same folder at another place."""
    kept, excluded = divided(pattern)
    rest = kept[len(folder) + 2 :] if is_pattern(kept) else "**"
    literal = "".join([f"[{char}]" if char in WILDCARDS else char for char in place])
    moved = f"/{literal}/{rest}" if literal else f"/{rest}"
    return excluding(moved, moved_exclusions(excluded, folder, literal)) if excluded else moved


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
            parts.append(name_expression(name) + ("" if is_last else "/"))
    if is_tree(pattern) and names[-1] != "**":
        parts.append("/.+")
    return re.compile("".join(parts), re.DOTALL).fullmatch
