"""The live line: what a run is doing, in one line that never wraps.

    [3/12] 14 s  env, node:runtime · node-v24.19.0.tar.gz: 12.3 of 31.0 MB

How many of how many tasks have ended, the time since the run began, what is running, the longest first, and the last line that one of
these has said. What there is no room for is left out: names, which are counted instead, and the end of what was said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from buildgraph.fields import Value

LEAST_COLUMNS = 16
"""With less room than that, what a command says is not shown."""
NOTABLE_SECONDS = 1


class Step(Value):
    """A task that is running."""

    name: str
    seconds: float


def head(ended: int, total: int, seconds: float) -> str:
    """Return how far a run has come."""
    return f"[{ended}/{total}] " + (f"{duration(seconds)}  " if seconds >= NOTABLE_SECONDS else "")


def body(steps: Sequence[Step], doing: Sequence[str], columns: int) -> str:
    """Return what is running, and what the first of it says that says something, in at most so many columns."""
    number = next((number for number, text in enumerate(doing) if plain(text)), None)
    if number is None:
        return _names([_timed(step) if len(steps) > 1 else step.name for step in steps], columns)
    names = [steps[number].name, *(step.name for step in steps if step is not steps[number])]
    for count in range(len(names), 0, -1):
        rest = f" +{len(names) - count}" if count < len(names) else ""
        shown = ", ".join([*names[1:count], names[0]]) + rest
        if columns - width(shown) - 3 >= LEAST_COLUMNS:
            return f"{shown} · {cut(plain(doing[number]), columns - width(shown) - 3)}"
    return _names(names, columns)


def _timed(step: Step) -> str:
    return f"{step.name} ({duration(step.seconds)})" if step.seconds >= NOTABLE_SECONDS else step.name


def _names(names: Sequence[str], columns: int) -> str:
    for count in range(len(names), 1, -1):
        rest = f" +{len(names) - count}" if count < len(names) else ""
        text = ", ".join(names[:count]) + rest
        if width(text) <= columns:
            return text
    rest = f" +{len(names) - 1}" if len(names) > 1 else ""
    return cut(names[0], columns - len(rest)) + rest


def duration(seconds: float) -> str:
    """Return a time that goes on: `9 s`, `2 min 5 s`, `1 h 2 min`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def plain(text: str) -> str:
    """Return a text without what would move the cursor or colour what follows."""
    kept, is_escape = [], False
    for letter in text:
        if is_escape:
            is_escape = not ("@" <= letter <= "~") or letter == "["
        elif letter == "\x1b":
            is_escape = True
        elif letter == "\t":
            kept.append(" ")
        elif unicodedata.category(letter)[0] != "C":
            kept.append(letter)
    return "".join(kept)


def width(text: str) -> int:
    """Return how many columns a text takes; what East Asia writes wide takes two, what stands above a letter none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def cut(text: str, columns: int) -> str:
    """Return as much of a text as there is room for, with a mark if that is not all."""
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[:-1]
    return text + "…" if columns > 0 else ""
