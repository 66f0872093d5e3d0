"""Tracing: the last runs that did something, listed, or one of them for a trace viewer."""

from __future__ import annotations

import time

from buildgraph.errors import BuildError
from buildgraph.inspect.wrapping import columns, wrapped
from buildgraph.layout import STATE
from buildgraph.record import timeline
from buildgraph.record.timeline import Timeline

VIEWER = "https://ui.perfetto.dev"


def trace(number: str, file: str) -> None:
    """Write the run of that number, 1 being the last one, for a trace viewer, and say where it is and how it is opened."""
    runs = _runs()
    if not number.isdecimal() or not 1 <= int(number) <= len(runs):
        hint = "Run 'doit trace --list' to see those that are kept; 1 is the last one."
        raise BuildError(f"there is no run '{number}'", "", hint)
    run = runs[int(number) - 1]
    path = file or f"{STATE}/trace.json"
    timeline.write_file(path, timeline.as_trace(run))
    total = sum(span.seconds for span in run.spans if span.task in set(run.longest_path))
    print(f"wrote '{run.title}' of {_at(run)} ({_tasks(run)}) to '{path}'")
    print(f"to look at it: open {VIEWER} or chrome://tracing and drop the file there")
    if run.longest_path:
        print(wrapped(f"longest path ({total:.2f} s): {' → '.join(run.longest_path)}", columns()))


def show() -> None:
    """List the runs that are kept, the last one first."""
    for number, run in enumerate(_runs(), 1):
        failed = [span.task for span in run.spans if span.is_failed]
        end = f", failed: {', '.join(failed)}" if failed else ""
        print(f"{number:>2}  {_at(run)}  {run.seconds:8.2f} s  {run.title} ({_tasks(run)}{end})")


def _runs() -> list[Timeline]:
    runs = timeline.read()
    if not runs:
        raise BuildError("no run has done anything yet", "", "Run a task first.")
    return runs


def _at(run: Timeline) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.began))


def _tasks(run: Timeline) -> str:
    return "1 task" if len(run.spans) == 1 else f"{len(run.spans)} tasks"
