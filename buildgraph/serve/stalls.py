"""Stalls: a worker that starts and does not get on: where it is, is asked of it and told."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import failures
from .crew import Crew
from .failures import Failure
from .loop import Loop
from .processes import Worker

STALLED_SECONDS = 1.5  # without an import


class Stalls:
    """The watch over the one worker that starts."""

    def __init__(self, loop: Loop, crew: Crew, tell: Callable[[Worker, Failure], None]) -> None:
        self.loop = loop
        self.crew = crew
        self.tell = tell
        self.worker: Worker | None = None

    def watch(self, worker: Worker) -> None:
        """Tell when this worker does not get on; of the one before nothing is told any more."""
        self.worker = worker
        rest = worker.moved + STALLED_SECONDS - time.monotonic()
        self.loop.at("stall", max(rest, 0.01), self._look)

    def cancel(self) -> None:
        """Watch nobody."""
        self.worker = None
        self.loop.cancel("stall")

    def _look(self) -> None:
        worker = self.worker
        if worker is None or worker.has_ended:
            return
        if time.monotonic() - worker.moved < STALLED_SECONDS:
            self.watch(worker)
        else:
            self.crew.stack(worker, lambda dump: self._stalled(worker, dump))

    def _stalled(self, worker: Worker, dump: str) -> None:
        if worker is self.worker:
            seconds = time.monotonic() - worker.began
            message = f"the application has not started after {seconds:.1f} s; it is here"
            self.tell(worker, failures.of_dump("still starting", message, dump))
