"""Wildcards: what `*`, `?` and `[…]` match inside one name of a path.

As in a shell, a leading dot is matched only by a dot. `re` is imported where it is needed: most runs look at no pattern, and it is a
tenth of what one edit costs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    Matcher = Callable[[str], re.Match[str] | None]

WILDCARDS = frozenset("*?[")


@lru_cache(maxsize=4096)
def name_matcher(name: str) -> Matcher:
    """Return the matcher of one name of a path."""
    import re

    return re.compile(name_expression(name), re.DOTALL).fullmatch


def name_expression(name: str) -> str:
    """Return the wildcards of one name of a path as a regular expression."""
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
