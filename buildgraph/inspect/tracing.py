"""Tracing: the last runs that did something, as a table, or one of them, told here, as a page and for a trace viewer."""

from __future__ import annotations

import os
import sys
import time

from buildgraph.colour import palette
from buildgraph.errors import BuildError
from buildgraph.inspect.timeline import page
from buildgraph.inspect.wrapping import columns, wrapped
from buildgraph.layout import STATE
from buildgraph.record import timeline
from buildgraph.record.timeline import Timeline
from buildgraph.running.liveline import cut
from buildgraph.running.reporter import counted

VIEWER = "https://ui.perfetto.dev"
FROM_CACHE = "from the cache: its command did not run"
SLOWEST = 5
"""So many tasks of a run are told: those that failed, then those that took longest."""
LEAST_WHAT = 24
"""What was asked for has so many columns at least before others are left out for it."""


def trace(number: str, file: str, is_served: bool = False) -> None:
    """Tell of the run of that number, 1 being the last one, write its page and its file for trace viewers, and say how both are opened."""
    runs = _runs(is_served)
    if not number.isdecimal() or not 1 <= int(number) <= len(runs):
        hint = "Run 'doit trace' to see those that are kept; 1 is the last one."
        raise BuildError(f"there is no run '{number}'", "", hint)
    run = runs[int(number) - 1]
    path = file or f"{STATE}/trace.json"
    of_page = f"{path.removesuffix('.json')}.html"
    timeline.write_file(path, timeline.as_trace(run))
    timeline.write_file(of_page, page(run, _counts(run)))
    paint, room = palette(sys.stdout, os.environ), columns()
    print(wrapped(f"'{run.title}' of {_at(run)}: {_counts(run)} in {run.seconds:.2f} s", room))
    for span in sorted(run.spans, key=lambda span: (not span.is_failed, -span.seconds))[:SLOWEST]:
        print(f"  {span.seconds:7.2f} s  {paint('failed' if span.is_failed else 'name', span.task)}")
        if span.is_failed:
            print(wrapped(f"failed: {span.failure}", room, " " * 13))
        if span.why:
            print(wrapped(span.why[0], room, " " * 13))
        if span.is_cached:
            print(wrapped(FROM_CACHE, room, " " * 13))
    if run.longest_path:
        total = sum(span.seconds for span in run.spans if span.task in set(run.longest_path))
        print(wrapped(f"longest path ({total:.2f} s): {' → '.join(run.longest_path)}", room))
    print(
        wrapped(
            f"open {of_page} to look at it; '{path}' is the same for {VIEWER} and chrome://tracing",
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
    failures = ["", *map(_failure, runs)]
    for row, failure in zip(shown, failures, strict=True):
        cells = [_cell(row[number], number, widths[number]) for number in kept]
        text = "  ".join(cells).rstrip()
        print(paint("heading", text) if row is shown[0] else paint("failed", text) if failure else text)
        if failure:
            print(cut(f"{'':{widths[0]}}  {failure}", room - 1) if room else f"{'':{widths[0]}}  {failure}")
    served = "" if is_served else sum(run.is_served for run in timeline.read())
    more = f"; 'doit trace --serve' has {served} of 'doit serve'" if served else ""
    option = " --serve" if is_served else ""
    print(wrapped(f"'doit trace{option} N' tells of one and draws it{more}", room))


def _row(number: int, run: Timeline) -> tuple[str, ...]:
    slowest = max(run.spans, key=lambda span: span.seconds)
    return (
        str(number),
        _at(run).removeprefix(time.strftime("%Y-%m-%d ")),
        run.title,
        str(run.ran),
        str(run.reused + len(run.spans) - run.ran),
        f"{run.seconds:.2f}",
        f"{slowest.task} {slowest.seconds:.2f} s",
    )


def _failure(run: Timeline) -> str:
    """Return which task of a run failed first, and why; nothing if none did."""
    failed = [span for span in run.spans if span.is_failed]
    more = f", and {len(failed) - 1} more failed" if failed[1:] else ""
    return f"{failed[0].task} failed{more}: {failed[0].failure}" if failed else ""


def _cell(text: str, number: int, width: int) -> str:
    """Return a text in its column: words begin where the column does, numbers end where it does."""
    if len(text) > width:
        text = f"{text[: width - 1]}…"
    return f"{text:<{width}}" if number in (1, 2, 6) else f"{text:>{width}}"


def _fitting(widths: list[int], room: int) -> list[int]:
    """Return the columns that a terminal has room for: what was slowest goes first, what was asked for is cut before others go."""
    kept = [0, 1, 2, 3, 4, 5, 6]
    for number, least in ((6, widths[2]), (4, LEAST_WHAT), (1, LEAST_WHAT), (None, len("what"))):
        over = sum(widths[each] + 2 for each in kept) - 2 - room if room else 0
        if widths[2] - over >= min(least, widths[2]) or number is None:
            break
        kept.remove(number)
    widths[2] = min(max(widths[2] - over, len("what")), widths[2])
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
    counts = counted(run.ran, len(run.spans) - run.ran, run.reused)
    return ", ".join([*counts, *([f"{failed} failed"] if failed else [])])
