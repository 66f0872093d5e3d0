"""Console: what is wrong, as one block for a terminal: the error, the place, the source around it, who of the application has called it."""

from __future__ import annotations

import os
import time

from buildgraph.colour import Palette

from .failures import Failure, Frame
from .paths import is_application

SHOWN_CALLS = 4
SHOWN_FILES = 3
PLAIN = Palette(False)


def text(failure: Failure, paint: Palette = PLAIN) -> str:
    """Return the block; its places are relative to the current folder, as the person who started this reads them."""
    rest = failure.message.splitlines()[1:]
    lines = [first(failure, paint), *(f"  {printable(each)}" for each in rest)]
    if failure.request:
        lines.append(f"  {printable(failure.request.line)}")
    if failure.place:
        column = f":{failure.column}" if failure.column else ""
        lines.append(f"  {paint('name', printable(near(failure.place) + column))}")
    lines += _source(failure, paint)
    lines += (paint("soft", printable(each)) for each in _calls(failure))
    if failure.hint:
        lines.append(f"  {printable(failure.hint)}")
    return "\n".join(lines)


def first(failure: Failure, paint: Palette = PLAIN) -> str:
    """Return the first line of the block."""
    said = f"{failure.title}: {failure.message}" if failure.message else failure.title
    return paint("failed", printable(said.partition("\n")[0]))


def _source(failure: Failure, paint: Palette) -> list[str]:
    lines = []
    for number, source in failure.main.lines if failure.main else ():
        is_at = number == failure.line
        row = f"  {'>' if is_at else ' '} {number:5} | {printable(source)}"
        lines.append(paint("heading" if is_at else "soft", row))
        if is_at and failure.column:
            lines.append(f"  {'':7} | {before(source, failure.column)}{paint('failed', '^')}")
    return lines


def _calls(failure: Failure) -> list[str]:
    """Return who has called the place; libraries are counted only, those of what does not compile not at all."""
    calls = [frame for frame in failure.frames if frame is not failure.main]
    own = [frame for frame in calls if is_application(frame.file)]
    others = 0 if failure.column else len(calls) - len(own)
    lines = [f"  called by {_call(frame)}" for frame in reversed(own[-SHOWN_CALLS:])]
    return [*lines, f"  and {others} frames of libraries, which the page shows"] if others else lines


def _call(frame: Frame) -> str:
    return f"{near(frame.file)}:{frame.line} in {frame.function}"


def near(path: str) -> str:
    """Return a path relative to the current folder if it is below that."""
    try:
        return path.removeprefix(os.getcwd() + os.sep)
    except OSError:  # it has gone
        return path


def before(source: str, column: int) -> str:
    """Return what stands before a column (from 1 on), as blanks; tabs stay."""
    return "".join(each if each == "\t" else " " for each in source[: column - 1])


def clock(paint: Palette) -> str:
    """Return the time, to stand before what has happened, for who sits at a terminal; a log has times of its own."""
    return paint("soft", time.strftime("%H:%M:%S")) + " " if paint.is_wanted else ""


def printable(line: str) -> str:
    """Return a line that a terminal shows and does not obey."""
    return "".join(each if each.isprintable() or each == "\t" else f"\\x{ord(each):02x}" for each in line)


def names(files: list[str], root: str) -> str:
    """Return the first of some files, relative to a folder, and how many more there are."""
    real = {
        os.path.realpath(path): path for path in reversed(files)
    }  # a file may be followed by several names
    files = [path for path in files if real[os.path.realpath(path)] == path]
    shown = [os.path.relpath(path, root) for path in files]
    more = f" and {len(files) - SHOWN_FILES} more" if len(files) > SHOWN_FILES else ""
    return printable(", ".join(shown[:SHOWN_FILES]) + more)
