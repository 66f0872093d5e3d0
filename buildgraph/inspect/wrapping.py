"""Wrapping: lines of a name and a sentence, for a terminal of any width; where there is none, each is one line."""

from __future__ import annotations

import shutil
import sys
import textwrap

from buildgraph.colour import Palette

LEAST_COLUMNS = 24
"""A sentence that would have less room next to its name stands below it."""
BELOW = " " * 4


def columns() -> int:
    """Return how many columns the terminal has, 0 if there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def line(name: str, width: int, text: str, columns: int, paint: Palette = Palette(False)) -> str:  # noqa: B008
    """Return a name and a sentence, wrapped for so many columns; none means no terminal.

    A name that is longer than `width` is followed by its sentence, which goes on in the column of the others.
    """
    start = f"  {name:<{width}}  "
    shown = start.replace(name, paint("name", name), 1)
    if not columns or len(start) + len(text) <= columns:
        return f"{shown}{text}".rstrip() if text else shown.rstrip()
    if columns - len(start) < LEAST_COLUMNS:
        return f"  {paint('name', name)}\n{wrapped(text, columns, BELOW)}"
    return shown + wrapped(text, columns, " " * (width + 4), " " * len(start))[len(start) :]


def wrapped(text: str, columns: int, indent: str = "", first: str = "") -> str:
    """Return a sentence broken between words; a word that is too long for a line stays whole, so that it can be copied."""
    if not columns:
        return indent + text
    return textwrap.fill(
        text,
        columns,
        initial_indent=first or indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
