"""Workers: the processes of a run that serve several tasks, each started when the first task needs it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from buildgraph.act.worker import Answer, Worker
from buildgraph.errors import BuildError
from buildgraph.fields import Value
from buildgraph.layout import LOGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.act.processes import Children


WORD = "--worker"
"""The word by which a program is told to serve."""
MOST_ENDS = 3
"""So many times in a run a worker may end that should have served on."""


class Request(Value):
    """What a task asks: which worker it needs, and the words of the one request."""

    name: str
    """How people know the worker: its words as `dodo.py` says them."""
    program: Sequence[str]
    environ: Mapping[str, str]
    digests: Mapping[str, str]
    """What the worker is made of: its tools and their digests."""
    words: Sequence[str]

    @property
    def key(self) -> tuple:
        """What requests have in common that the same process can serve."""
        return tuple(self.program), tuple(sorted(self.environ.items())), tuple(sorted(self.digests.items()))


class Workers:
    """All workers of a run."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._lock = threading.Lock()
        self._serving: dict[tuple, Worker] = {}
        self._ends: dict[tuple, int] = {}
        self._last_log: dict[tuple, str] = {}
        self._all: list[Worker] = []

    def ask(self, request: Request, log: str) -> tuple[int, int]:
        """Have a request done, its output written to the file `log`; return its exit code and when its worker was started.

        Raise BuildError if the worker ends without an answer; its own last words are in the log then.
        """
        with open(log, "wb") as said:
            answer = None
            while answer is None:
                worker = self._worker(request)
                answer = worker.ask(request.words)
            if isinstance(answer, Answer):
                said.write(answer.said)
                return answer.code, worker.started_ns
            words = worker.last_words()
            said.write(words)
        hint = f"All that it said is in '{worker.log}'." if words else "It has said nothing."
        raise BuildError(f"the worker '{request.name}' gave no answer: it {answer.how}", "", hint)

    def retire(self) -> None:
        """Let those that serve now answer what they were asked and nothing more: files have changed that they may have kept."""
        with self._lock:
            retired = list(self._serving.values())
            self._serving.clear()
        for worker in retired:
            worker.finish()

    def end(self, seconds: float) -> None:
        """Close the inputs of all, and give them so much time to end."""
        self.retire()
        deadline = time.monotonic() + seconds
        for worker in self._all:
            worker.wait(max(0.0, deadline - time.monotonic()))

    def kill(self, seconds: float) -> None:
        """End what has not ended, and remove the logs in which there is nothing."""
        for worker in self._all:
            worker.kill()
        for worker in self._all:
            worker.wait(seconds)
            with suppress(OSError):
                if not os.stat(worker.log).st_size:
                    os.unlink(worker.log)

    def _worker(self, request: Request) -> Worker:
        """Return the worker that serves such requests, started if there is none."""
        key = request.key
        with self._lock:
            worker = self._serving.get(key)
            if worker is not None:
                if worker.end is None:
                    return worker
                del self._serving[key]
                self._ends[key] = self._ends.get(key, 0) + 1
                self._last_log[key] = worker.log
            if self._ends.get(key, 0) >= MOST_ENDS:
                what = f"the worker '{request.name}' has ended {MOST_ENDS} times in this run, so it is not started again"
                raise BuildError(what, "", f"What the last one said is in '{self._last_log[key]}'.")
            words = [*request.program, WORD]
            log = f"{LOGS}/worker-{len(self._all) + 1}"
            worker = Worker(request.name, words, request.environ, log, self._children)
            self._serving[key] = worker
            self._all.append(worker)
            return worker
