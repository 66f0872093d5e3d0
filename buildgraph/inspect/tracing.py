"""Tracing: the last runs that did something, as a table, or one of them, told here and written for a trace viewer."""

from __future__ import annotations

import os
import sys
import time

from buildgraph.colour import palette
from buildgraph.errors import BuildError
from buildgraph.inspect.wrapping import columns, wrapped
from buildgraph.layout import STATE
from buildgraph.record import timeline
from buildgraph.record.timeline import Timeline

VIEWER = "https://ui.perfetto.dev"
SLOWEST = 5
"""So many tasks of a run are told, those that took longest."""


def trace(number: str, file: str, is_served: bool = False) -> None:
    """Tell of the run of that number, 1 being the last one, write it for a trace viewer, and say how it is opened."""
    runs = _runs(is_served)
    if not number.isdecimal() or not 1 <= int(number) <= len(runs):
        hint = "Run 'doit trace' to see those that are kept; 1 is the last one."
        raise BuildError(f"there is no run '{number}'", "", hint)
    run = runs[int(number) - 1]
    path = file or f"{STATE}/trace.json"
    timeline.write_file(path, timeline.as_trace(run))
    paint, room = palette(sys.stdout, os.environ), columns()
    print(wrapped(f"'{run.title}' of {_at(run)}: {_counts(run)} in {run.seconds:.2f} s", room))
    for span in sorted(run.spans, key=lambda span: -span.seconds)[:SLOWEST]:
        print(f"  {span.seconds:7.2f} s  {paint('failed' if span.is_failed else 'name', span.task)}")
        if span.why:
            print(wrapped(span.why[0], room, " " * 13))
    if run.longest_path:
        total = sum(span.seconds for span in run.spans if span.task in set(run.longest_path))
        print(wrapped(f"longest path ({total:.2f} s): {' → '.join(run.longest_path)}", room))
    print(
        wrapped(
            f"wrote it to '{path}'; to look at it, open {VIEWER} or chrome://tracing and drop the file there",
            room,
        )
    )


def show(is_served: bool = False) -> None:
    """List the runs that are kept, the last one first, and say how one is opened."""
    runs = _runs(is_served)
    paint, room = palette(sys.stdout, os.environ), columns()
    rows = [_row(number, run) for number, run in enumerate(runs, 1)]
    shown = [("", "when", "what", "ran", "reused", "seconds", "slowest"), *rows]
    widths = [max(len(row[number]) for row in shown) for number in range(len(shown[0]))]
    kept = _fitting(widths, room)
    for row in shown:
        cells = [_cell(row[number], number, widths[number]) for number in kept]
        text = "  ".join(cells).rstrip()
        print(
            paint("heading", text)
            if row is shown[0]
            else paint("failed", text)
            if "failed" in row[6]
            else text
        )
    served = "" if is_served else sum(run.is_served for run in timeline.read())
    more = f"; 'doit trace --serve' has {served} of 'doit serve'" if served else ""
    print(wrapped(f"'doit trace N' tells of one and writes it for a trace viewer{more}", room))


def _row(number: int, run: Timeline) -> tuple[str, ...]:
    failed = [span.task for span in run.spans if span.is_failed]
    slowest = max(run.spans, key=lambda span: span.seconds)
    last = f"{slowest.task} {slowest.seconds:.2f} s" + (f", failed: {', '.join(failed)}" if failed else "")
    return (
        str(number),
        _at(run),
        run.title,
        str(len(run.spans)),
        str(run.reused),
        f"{run.seconds:.2f}",
        last,
    )


def _cell(text: str, number: int, width: int) -> str:
    """Return a text in its column: words begin where the column does, numbers end where it does."""
    if len(text) > width:
        text = f"{text[: width - 1]}…"
    return f"{text:<{width}}" if number in (1, 2, 6) else f"{text:>{width}}"


def _fitting(widths: list[int], room: int) -> list[int]:
    """Return the columns that a terminal has room for; what was asked for is cut before more than three are left out."""
    kept = [0, 1, 2, 3, 4, 5, 6]
    for number in (6, 4, 1):
        if not room or sum(widths[each] + 2 for each in kept) - 2 <= room:
            return kept
        kept.remove(number)
    if (over := sum(widths[each] + 2 for each in kept) - 2 - room) > 0:
        widths[2] = max(widths[2] - over, len("what"))
    return kept


def _runs(is_served: bool) -> list[Timeline]:
    runs = [run for run in timeline.read() if run.is_served == is_served and run.spans]
    if not runs and is_served:
        raise BuildError("'doit serve' has built nothing yet", "", "Edit something while it runs.")
    if not runs:
        raise BuildError("no run has done anything yet", "", "Run a task first.")
    return runs


def _at(run: Timeline) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.began))


def _counts(run: Timeline) -> str:
    failed = sum(span.is_failed for span in run.spans)
    return f"{len(run.spans)} ran, {run.reused} reused" + (f", {failed} failed" if failed else "")
