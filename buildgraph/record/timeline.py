"""The timeline of the last run that did something, and its form for trace viewers.

`.buildgraph/last-run` has the run's tasks with start and duration in seconds and the lane (thread) that each ran in, in
`marshal`'s format that all Pythons share. The trace is Chrome's event format
(https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU), which Perfetto reads, too.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Sequence

from buildgraph.errors import BuildError, cannot_write
from buildgraph.fields import Value
from buildgraph.files import write_bytes
from buildgraph.layout import STATE
from buildgraph.record.table import FORMAT

PATH = f"{STATE}/last-run"
VERSION = 2


class Span(Value):
    """One task of a run."""

    task: str
    start: float
    seconds: float
    lane: int
    why: Sequence[str] = ()


def write(spans: Sequence[Span], longest_path: Sequence[str]) -> None:
    """Keep the timeline of a run."""
    rows = [tuple(span.as_dict().values()) for span in spans]
    try:
        write_bytes(PATH, marshal.dumps((VERSION, list(longest_path), rows), FORMAT))
    except OSError as error:
        raise cannot_write(PATH, error) from None


def read() -> tuple[list[Span], list[str]]:
    """Return the spans and the longest path of the last run that did something."""
    try:
        with open(PATH, "rb") as file:
            version, longest_path, rows = marshal.load(file)  # noqa: S302 (our own)
        if version != VERSION:
            raise BuildError(f"'{PATH}' has format {version}, this program reads {VERSION}", "", "Delete it.")
        return [Span(*row) for row in rows], longest_path
    except FileNotFoundError:
        raise BuildError("no run has done anything yet", "", "Run a task first.") from None
    except (ValueError, TypeError, EOFError):
        raise BuildError(f"'{PATH}' cannot be read", "", "Delete it.") from None


def as_trace(spans: Sequence[Span], longest_path: Sequence[str]) -> str:
    """Return the trace; the longest path has a row of its own."""
    critical = set(longest_path)
    events: list[dict] = [_row(0, "longest path")]
    events += [_row(lane + 1, f"worker {lane + 1}") for lane in sorted({span.lane for span in spans})]
    for span in spans:
        event = {
            "name": span.task,
            "ph": "X",
            "pid": 1,
            "ts": round(span.start * 1e6),
            "dur": round(span.seconds * 1e6),
        }
        event["args"] = {"why": list(span.why)}
        events.append({**event, "tid": span.lane + 1, "cat": "critical" if span.task in critical else "task"})
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
