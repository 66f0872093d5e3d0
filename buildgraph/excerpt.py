"""Excerpt: the lines of a source at the place of a mistake, with a mark below the column."""

from __future__ import annotations

import os

from buildgraph.errors import BuildError

BEFORE = 1
"""So many lines before the one in question are shown."""
WIDEST = 100
"""Of a longer line, as a minified file has it, the part around the column is shown."""
PLACE = r"(?P<file>[^,]+), line (?P<line>\d+)(?:, column (?P<column>\d+))?"
WORD = r"[\w$@-]+"


def excerpt(file: str, line: int, column: int = 0, widest: int = WIDEST) -> list[str]:
    """Return the numbered lines, the last being the one in question, and a mark if the column (from 1) is known.

    Of lines that take more than `widest` columns, numbers included, the part around the column is returned.
    Nothing is returned if the file cannot be read or has no such line: what is told is told without it.
    """
    try:
        with open(file, encoding="utf-8") as source:
            lines = source.read().splitlines()
    except (OSError, ValueError):
        return []
    if not 0 < line <= len(lines):
        return []
    width = len(str(line))
    room = max(widest - width - len(" │ "), 1)
    text = lines[line - 1].expandtabs(1)
    start = max(0, min(column - room * 2 // 3, len(text) - room)) if len(text) > room else 0
    before = range(max(1, line - BEFORE), line)
    parts = {number: lines[number - 1].expandtabs(1)[start : start + room] for number in (*before, line)}
    shown = [f"{number:>{width}} │ {part}".rstrip() for number, part in parts.items()]
    if not 0 < column <= len(text) + 1:
        return shown
    from re import match  # An edit that succeeds needs no regular expression.

    word = match(WORD, text[column - 1 :])
    mark = "^" * min(len(word[0]) if word else 1, room - (column - 1 - start))
    return [*shown, f"{' ' * width} │ {' ' * (column - 1 - start)}{mark}"]


def of_error(error: BuildError, widest: int = WIDEST) -> list[str]:
    """Return the excerpt of the place that an error names, if it names one of the checkout."""
    from re import fullmatch

    place = fullmatch(PLACE, error.where)
    if place is None or os.path.isabs(place["file"]) or place["file"].startswith(os.pardir):
        return []
    return excerpt(place["file"], int(place["line"]), int(place["column"] or 0), widest)
