"""The crew: threads that work, each on a lane of its own, and one queue in which they tell the loop what came of it."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

from buildgraph.fields import Value
from buildgraph.running import work
from buildgraph.running.work import Job, Result, Shop


class Outcome(Value):
    """What the loop is told: a result, a sentence for people, a bug, or, with nothing in it, to look up."""

    result: Result | None = None
    sentence: str = ""
    bug: BaseException | None = None


class Crew:
    """The threads of a run; they are started as jobs come, and all stopped at once."""

    def __init__(self) -> None:
        self.outcomes: SimpleQueue = SimpleQueue()
        self._jobs: SimpleQueue = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.lanes: dict[str, int] = {}
        """Task → the lane that it runs on, or ran on last."""

    @property
    def is_working(self) -> bool:
        """True if there are threads."""
        return bool(self._threads)

    def give(self, job: Job, shop: Shop, size: int) -> None:
        """Have the job done; `size` is how many threads there should be by now."""
        if len(self._threads) < size:
            thread = threading.Thread(target=self._work, args=(shop, len(self._threads)), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def take(self, seconds: float | None) -> Outcome | None:
        """Wait for what a thread has to tell, at most so long; None if nothing has come."""
        try:
            return self.outcomes.get(timeout=seconds)
        except Empty:
            return None

    def say(self, sentence: str) -> None:
        """Let the loop tell people something."""
        self.outcomes.put(Outcome(sentence=sentence))

    def wake(self) -> None:
        """Let the loop look up: raising could lose what it has just taken."""
        self.outcomes.put(Outcome())

    def stop(self) -> None:
        """End all threads; the processes of their jobs have ended."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _work(self, shop: Shop, lane: int) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                self.lanes[job.task] = lane
                self.outcomes.put(Outcome(work.perform(job, shop, lane)))
        except BaseException as error:  # A bug must end the run, not leave it waiting.
            self.outcomes.put(Outcome(bug=error))
            raise
