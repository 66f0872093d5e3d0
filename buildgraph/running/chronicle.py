"""Chronicle: when the commands of a run ran, kept at its end for `doit trace`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from buildgraph.errors import BuildError
from buildgraph.record import timeline
from buildgraph.record.timeline import Span, Timeline


class Chronicle:
    """The spans of one run, counted from its beginning."""

    def __init__(self) -> None:
        self.began = 0.0
        """By the clock that measures."""
        self.began_at = 0.0
        """In seconds since 1970."""
        self.spans: list[Span] = []
        self.why: dict[str, Sequence[str]] = {}

    @property
    def ran(self) -> int:
        """How many tasks were started."""
        return len(self.spans) - self.cached

    @property
    def cached(self) -> int:
        """How many results came from the store."""
        return sum(span.is_cached for span in self.spans)

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.perf_counter() - self.began

    def begin(self) -> None:
        """Note that the run begins."""
        self.began, self.began_at = time.perf_counter(), time.time()

    def note(
        self,
        name: str,
        started: float,
        seconds: float,
        lane: int = 0,
        failure: str = "",
        is_cached: bool = False,
    ) -> None:
        """Enter when a task's command ran, and why it failed if it did, or when its result came from the store."""
        why = list(self.why.pop(name, ()))
        self.spans.append(Span(name, started - self.began, seconds, lane, why, failure, is_cached))

    def keep(
        self,
        title: str,
        longest_path: Sequence[str],
        say: Callable[[str], None],
        reused: int,
        is_served: bool,
    ) -> None:
        """Write the timeline; a disk that does not take it costs nothing but the trace, which is said."""
        try:
            timeline.write(Timeline(title, self.began_at, longest_path, self.spans, reused, is_served))
        except BuildError as error:
            say(f"note: {error}")
