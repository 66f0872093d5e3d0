"""Reporters: what a run tells, to people on a terminal, to a log, or to a program as JSON lines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from buildgraph.colour import Palette, marked, palette
from buildgraph.excerpt import WIDEST
from buildgraph.fields import Value
from buildgraph.outlet import Outlet
from buildgraph.running.logs import tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from buildgraph.running.places import Line


EXIT_CODE = "the command ended with exit code "
ERROR = "error: "
CACHED = "cached"
"""What a run says of a task whose result came from the store."""
SAID = "  | "
"""Before each line of what a command has said."""
DOING_SECONDS = 1.0
"""After this time a running task's own words are shown."""


class Failure(Value):
    """Why a task failed: a sentence, and for a command its exit code, its log, itself, and what a person types to repeat it."""

    what: str
    words: Sequence[str] = ()
    environment: Sequence[tuple[str, str]] = ()
    log: str = ""
    again: str = ""
    error: str = ""
    """What a command on the terminal has handed on to be told here."""
    is_heard: bool = False
    """True if the command had the terminal: what it said stands above."""


class Summary(Value):
    """What a run has done."""

    selected: Sequence[str]
    ran: int
    """How many tasks were started, those included that failed: what `doit trace` lists."""
    succeeded: int
    reused: int
    failed: int
    left: int
    seconds: float
    longest_path: Sequence[str]
    cached: int = 0
    """How many results came from the store."""
    is_interrupted: bool = False
    has_answered: bool = False
    """True if a task that was asked for has spoken on the terminal itself."""
    served_seconds: float | None = None
    """How long what was asked for has served until it was ended."""
    is_verbose: bool = False
    opens: str = ""
    """The file to look at, of the one task that was asked for."""

    @property
    def is_told(self) -> bool:
        """True if the run's last line has said it all: what was asked for has answered, or one task failed and that was all."""
        if self.is_interrupted or self.left or self.is_verbose:
            return False
        return self.has_answered if not self.failed else self.failed == 1 and not self.succeeded


class Plain:
    """Lines for a log: what ran, what failed, a summary; nothing for what was reused."""

    desc = "one line for each task that runs, and a summary"
    tick_seconds: float | None = None
    """How often it wants to be told that time has passed; None for never."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = Outlet(stream)
        self.paint = Palette(False)
        self.failures: dict[str, str] = {}
        """What was said of a failure → the task of which it was said first."""
        self.told: list[str] = []
        """The failures, without colour, as those who show them elsewhere take them."""

    @property
    def is_unread(self) -> bool:
        """True if the reader of the stream has gone."""
        return self.stream.is_unread

    def begin(self, total: int) -> None:
        """The run has a plan of `total` tasks."""

    def say(self, text: str) -> None:
        self._line(text)

    def started(self, task: str, why: Sequence[str]) -> None:
        """A task has started because of the first reason of `why`."""

    def leave_terminal(self) -> None:
        """A command in the foreground is about to own the terminal."""

    def tick(self, doing: Callable[[str], str]) -> None:
        """Time has passed; `doing` returns the last line that a running task has said."""

    def reused(self, task: str) -> None:
        """A task is up to date."""

    def succeeded(self, task: str, seconds: float, done: str = "made") -> None:
        if done:
            self._line(f"{done:<6}  {task}  {_time(seconds)}")

    def failed(self, task: str, failure: Failure, seconds: float) -> None:
        self._line(f"{self.paint('failed', 'failed')}  {task}  {_time(seconds)}")
        said = failure_text(failure, self.paint, self._columns())
        other = self.failures.setdefault(said, task)
        self.told += [f"failed  {task}", failure_text(failure, Palette(False), WIDEST)]
        if said:
            self._line(said if other == task else f"  the same as of '{other}'")
        if failure.again:
            self._line(f"  to repeat it: {failure.again}")

    def end(self, summary: Summary) -> None:
        if not summary.is_told:
            self._line(summary_text(summary))

    def _columns(self) -> int:
        """Return how wide what is shown of a source may be."""
        return WIDEST

    def _line(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


class Live(Plain):
    """Lines for what ended, and below them one line, written over in place, for what is running."""

    desc = "the above, and on a terminal a line that shows what is running"
    tick_seconds = 0.25

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.paint = palette(stream, os.environ)
        self.total = 0
        self.ended = 0
        self.running: dict[str, float] = {}
        """Task → when it started."""
        self._began = time.monotonic()
        self._shown = ""
        """What the live line says; nothing if there is none."""

    def begin(self, total: int) -> None:
        self.total, self._began = total, time.monotonic()

    def started(self, task: str, why: Sequence[str]) -> None:
        self.running[task] = time.monotonic()
        self._show()

    def tick(self, doing: Callable[[str], str]) -> None:
        now = time.monotonic()
        self._show(
            [doing(name) if now - began >= DOING_SECONDS else "" for name, began in self.running.items()]
        )

    def leave_terminal(self) -> None:
        self.stream.write("\r\x1b[K")
        self.stream.flush()
        self._shown = ""

    def reused(self, task: str) -> None:
        self.ended += 1

    def succeeded(self, task: str, seconds: float, done: str = "made") -> None:
        self._ended(task)
        super().succeeded(task, seconds, done)
        self._show()

    def failed(self, task: str, failure: Failure, seconds: float) -> None:
        self._ended(task)
        super().failed(task, failure, seconds)
        self._show()

    def _ended(self, task: str) -> None:
        self.running.pop(task, None)
        self.ended += 1

    def _show(self, doing: Sequence[str] = ()) -> None:
        """Write the live line over the one that is there, in one piece and only if it is another: so nothing flickers."""
        if not self.running:
            return
        from buildgraph.running.liveline import Step, body, cut, head

        now, columns = time.monotonic(), self._columns() - 1
        start = cut(head(self.ended, self.total, now - self._began), columns)
        steps = [Step(name, now - began) for name, began in self.running.items()]
        text = self.paint("soft", start) + body(steps, doing, columns - len(start))
        if text != self._shown:
            self.stream.write(f"\r{text}\x1b[K")
            self.stream.flush()
            self._shown = text

    def _columns(self) -> int:
        """Return how wide the terminal is now."""
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or 80
        except OSError:
            return 80

    def _line(self, text: str) -> None:
        self.stream.write("\r\x1b[K")
        self._shown = ""
        super()._line(text)


class Lines:
    """One JSON object a line: `event` and what belongs to it."""

    desc = "one JSON object a line"
    told: tuple[str, ...] = ()
    """Nothing: a reader of lines waits for an end."""
    tick_seconds: float | None = None

    def __init__(self, stream: TextIO) -> None:
        self.stream = Outlet(stream)

    @property
    def is_unread(self) -> bool:
        """True if the reader of the stream has gone."""
        return self.stream.is_unread

    def begin(self, total: int) -> None:
        self._event("begin", total=total)

    def say(self, text: str) -> None:
        self._event("notice", text=text)

    def started(self, task: str, why: Sequence[str]) -> None:
        self._event("started", task=task, why=list(why))

    def leave_terminal(self) -> None:
        """Lines need no terminal."""

    def tick(self, doing: Callable[[str], str]) -> None:
        """Lines tell what has happened, not that time passes."""

    def reused(self, task: str) -> None:
        self._event("reused", task=task)

    def succeeded(self, task: str, seconds: float, done: str = "made") -> None:
        self._event("succeeded", task=task, seconds=round(seconds, 4), is_cached=done == CACHED)

    def failed(self, task: str, failure: Failure, seconds: float) -> None:
        self._event(
            "failed",
            task=task,
            seconds=round(seconds, 4),
            what=failure.what,
            command=list(failure.words),
            log=failure.log,
        )

    def end(self, summary: Summary) -> None:
        values = {
            name: getattr(summary, name)
            for name in ("ran", "cached", "reused", "failed", "left", "is_interrupted")
        }
        self._event(
            "end", seconds=round(summary.seconds, 4), longest_path=list(summary.longest_path), **values
        )

    def _event(self, event: str, **values: object) -> None:
        import json

        self.stream.write(json.dumps({"event": event, **values}) + "\n")
        self.stream.flush()


class Silent(Plain):
    """Nothing but failures."""

    desc = "nothing but failures"

    def succeeded(self, task: str, seconds: float, done: str = "made") -> None:
        """Say nothing."""

    def end(self, summary: Summary) -> None:
        """Say nothing."""


REPORTERS: dict[str, type[Plain | Lines]] = {"console": Live, "plain": Plain, "json": Lines, "silent": Silent}


def make(name: str, stream: TextIO, environ: Mapping[str, str]) -> Plain | Lines:
    """Return the reporter of that name; the console's is plain where there is no terminal, or one that moves no cursor."""
    if name == "console" and not (stream.isatty() and can_move(environ.get("TERM"))):
        name = "plain"
    return REPORTERS[name](stream)


def can_move(terminal: str | None) -> bool:
    """Tell whether a terminal of this kind can write a line over; Windows names none."""
    return terminal != "dumb" if sys.platform == "win32" else terminal not in (None, "", "dumb")


def cause(failure: Failure) -> str:
    """Return a failure in one sentence: the first place that its command named, else its last word if that is an error, else how it ended."""
    if failure.error:
        return failure.error.rstrip(".")
    if failure.log and failure.what.startswith(EXIT_CODE):
        from buildgraph.running.places import told

        lines = told(tail(failure.log))
        place = next((line.text for line in lines if line.is_place), "")
        return place or _last_error(lines) or failure.what
    return failure.what


def _last_error(lines: Sequence[Line]) -> str:
    """Return the error that a command's last line is, as programs of the rooms write it, else nothing."""
    last = lines[-1].text.strip() if lines else ""
    return last.removeprefix(ERROR).rstrip(".") if last.startswith(ERROR) else ""


def failure_text(failure: Failure, paint: Palette, columns: int) -> str:
    """Return the sentence and the log, in which each place of the checkout is told as one; such a place says more than an exit code."""
    from buildgraph.running.places import told

    said = told(tail(failure.log), columns - len(SAID)) if failure.log else []
    handed = told([failure.error], columns - len(SAID)) if failure.error else []
    is_placed = any(line.is_place for line in said) and failure.what.startswith(EXIT_CODE)
    is_known = (failure.is_heard or _last_error(said)) and failure.what == f"{EXIT_CODE}1"
    lines = [] if is_placed or handed or is_known else [f"  {failure.what}"]
    if handed and not handed[0].is_place:
        lines.append(f"  {handed.pop(0).text}")
    for line in (*handed, *said):
        lines.append(
            f"  {paint('heading', line.text)}"
            if line.is_place
            else f"{SAID}{marked(line.text, paint)}".rstrip()
        )
    return "\n".join(lines)


def summary_text(summary: Summary) -> str:
    """Return the run's last line."""
    names = ", ".join(summary.selected[:4]) + (" and others" if len(summary.selected) > 4 else "")
    if summary.served_seconds is not None:
        return f"{names}: served for {_duration(summary.served_seconds)}"
    if not (summary.ran or summary.cached or summary.failed or summary.left):
        return f"{names}: up to date{_opened(summary.opens)}"
    counts = counted(summary.ran, summary.cached, summary.reused)
    counts += [f"{summary.failed} failed"] if summary.failed else []
    because = f" because of {'it' if summary.failed == 1 else 'them'}" if summary.failed else ""
    counts += [f"{summary.left} not started{because}"] if summary.left else []
    text = f"{names}: {', '.join(counts)} in {_time(summary.seconds)}"
    if summary.is_verbose and len(summary.longest_path) > 1:
        path = summary.longest_path
        shown = path if len(path) <= 6 else [*path[:3], "…", *path[-2:]]
        text += f"; longest path: {' → '.join(shown)}"
    if not (summary.is_interrupted or summary.failed or summary.left):
        text += _opened(summary.opens)
    return text + ("; interrupted" if summary.is_interrupted else "")


def counted(ran: int, cached: int, reused: int) -> list[str]:
    """Return how many commands ran, how many results came from the store, if any did, and how many tasks were up to date."""
    return [f"{ran} ran", *([f"{cached} from the cache"] if cached else []), f"{reused} reused"]


def _opened(path: str) -> str:
    return f"; open {path}" if path else ""


def _duration(seconds: float) -> str:
    """Return how long something went on, as people say it: `40 s`, `12 min`, `1 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else f"{rest} s"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
