"""Timelines of the last runs that did something, and their form for trace viewers.

`.buildgraph/runs` has a file for each of the last ten, named for when it began: what was asked for, its tasks with start and
duration in seconds and the lane (thread) that each ran in, in `marshal`'s format that all Pythons share. A run that found all
up to date leaves none. The trace is Chrome's event format
(https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU), which Perfetto reads, too.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Sequence
from contextlib import suppress

from buildgraph.errors import BuildError, cannot_write
from buildgraph.fields import Value, fresh
from buildgraph.files import write_bytes
from buildgraph.layout import RUNS
from buildgraph.record.table import FORMAT

VERSION = 6
KEPT = 10
"""How many runs of people are remembered, and how many that `doit serve` has started; neither push the others out."""
SERVED = "-serve"
"""How the name of a file ends that is of a run of `doit serve`."""


class Span(Value):
    """One task of a run."""

    task: str
    start: float
    seconds: float
    lane: int
    why: Sequence[str] = ()
    failure: str = ""
    """Why it failed, "" if it did not."""
    is_cached: bool = False
    """True if its command did not run, since the store had what it makes."""

    @property
    def is_failed(self) -> bool:
        return bool(self.failure)


class Timeline(Value):
    """One run: what was asked for, when (seconds since 1970), and its tasks."""

    title: str
    began: float
    longest_path: Sequence[str]
    spans: Sequence[Span] = fresh(list)
    reused: int = 0
    is_served: bool = False
    """True if `doit serve` started it."""

    @property
    def ran(self) -> int:
        """How many tasks were started whose results did not come from the store."""
        return sum(not span.is_cached for span in self.spans)

    @property
    def seconds(self) -> float:
        """How long it took until its last task had ended."""
        return max((span.start + span.seconds for span in self.spans), default=0.0)


def write(timeline: Timeline) -> None:
    """Keep the timeline of a run, and no more than the last `KEPT`."""
    rows = [tuple(span.as_dict().values()) for span in timeline.spans]
    said = (VERSION, timeline.title, timeline.began, list(timeline.longest_path), rows, timeline.reused)
    path = f"{RUNS}/{timeline.began * 1000:015.0f}-{os.getpid()}{SERVED if timeline.is_served else ''}"
    try:
        write_bytes(path, marshal.dumps(said, FORMAT))
    except OSError as error:
        raise cannot_write(path, error) from None
    for name in _names(timeline.is_served)[KEPT:]:
        with suppress(OSError):  # Another run may be about the same.
            os.unlink(f"{RUNS}/{name}")


def read() -> list[Timeline]:
    """Return the last runs that did something, the last one first; what cannot be read is left out."""
    names = sorted([*_names(False)[:KEPT], *_names(True)[:KEPT]], reverse=True)
    found = (_read(f"{RUNS}/{name}") for name in names)
    return [timeline for timeline in found if timeline is not None]


def _names(is_served: bool) -> list[str]:
    try:
        names = (name for name in os.listdir(RUNS) if name[0] != "." and name.endswith(SERVED) == is_served)
        return sorted(names, reverse=True)
    except OSError:
        return []


def _read(path: str) -> Timeline | None:
    try:
        with open(path, "rb") as file:
            version, title, began, longest_path, rows, reused = marshal.load(file)  # noqa: S302 (our own)
        if version != VERSION:
            return None
        spans = [Span(*row) for row in rows]
        return Timeline(title, began, longest_path, spans, reused, path.endswith(SERVED))
    except (OSError, ValueError, TypeError, EOFError):
        return None


def as_trace(timeline: Timeline) -> str:
    """Return the trace; the longest path has a row of its own."""
    critical = set(timeline.longest_path)
    events: list[dict] = [_row(0, "longest path")]
    events += [
        _row(lane + 1, f"worker {lane + 1}") for lane in sorted({span.lane for span in timeline.spans})
    ]
    for span in timeline.spans:
        event = {
            "name": span.task,
            "ph": "X",
            "pid": 1,
            "ts": round(span.start * 1e6),
            "dur": round(span.seconds * 1e6),
        }
        event["args"] = {
            "why": list(span.why),
            "failed": span.is_failed,
            "failure": span.failure,
            "cached": span.is_cached,
        }
        kind = "failed" if span.is_failed else "critical" if span.task in critical else "task"
        events.append({**event, "tid": span.lane + 1, "cat": kind})
        if span.task in critical:
            events.append({**event, "tid": 0, "cat": "critical"})
    import json

    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})


def _row(number: int, name: str) -> dict:
    return {"name": "thread_name", "ph": "M", "pid": 1, "tid": number, "args": {"name": name}}


def write_file(path: str, text: str) -> None:
    """Write a file by way of a temporary name."""
    temporary = f"{path}.{os.getpid()}.new"
    try:
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise BuildError(
            f"cannot write '{path}': {error.strerror}", "", "Free space or name another file."
        ) from None
