"""Quarantine: what strangers wrote is read in a process of its own, with limits of time, memory and output.

A parser may need quadratic time, or hold the lock that all threads of Python share: there it stops nobody. The process
has none of our environment, so no secrets; it answers one question after the other and is replaced when a limit has
ended it. It ends by itself when its standard input does, however the process that started it ended. Without timers for
processor time and limits of memory (Windows) only the clock ends it.

The alternatives that lost: a limit inside the web process (no thread can be ended while C code runs), and a process for
each question (its imports cost more than nearly all questions).
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import TracebackType
from typing import IO, Any

resource: Any = None  # Windows has none
with suppress(ImportError):
    resource = import_module("resource")

CPU_SECONDS = 1.0  # and more for what is large in itself
WALL_SECONDS = 30.0  # a busy machine may give it a tenth of a core
MEMORY_BYTES = 1024 * 1024 * 1024
ANSWER_CHARACTERS = 16 * 1024 * 1024
CHILDREN = 2
ADMITTED = 8  # questions at a time, with those that wait: the web process has more threads than that
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks; its end ends this one
from warehouse.quarantine import answer_all, import_module, tell
sys.excepthook, answers, sys.stdout = tell, sys.stdout, sys.stderr  # what a library prints is no answer
import_module(sys.argv[1])  # while nobody waits, if it comes in the place of one that was ended
answer_all(sys.stdin, answers)
"""


class TooMuch(Exception):
    """A question needed more than it may, or its process failed."""


class Busy(Exception):
    """As many questions as may wait are waiting."""


class Quarantine:
    """Processes that answer questions; each question is asked of one that is idle."""

    def __init__(self) -> None:
        self._admitted = threading.BoundedSemaphore(ADMITTED)
        self._free = threading.BoundedSemaphore(CHILDREN)
        self._idle: list[subprocess.Popen[str]] = []

    def ask(self, function: str, *arguments: str, more_seconds: float = 0) -> Any:
        """Return what a function ("module:name") of texts returns, as JSON has it. Raises TooMuch and Busy."""
        if not self._admitted.acquire(blocking=False):
            raise Busy(function)
        try:
            with self._free:
                child = self._child(function)
                answer = _exchange(child, json.dumps([more_seconds, function, *arguments]) + "\n")
                if not answer.endswith("\n"):
                    _end(child)
                    self._idle.append(_start(function))  # ready when the next question comes
                    raise TooMuch(function)
                self._idle.append(child)
        finally:
            self._admitted.release()
        return json.loads(answer)

    def close(self) -> None:
        """Let the processes that wait for questions end."""
        while self._idle:
            self._idle.pop().communicate()

    def forget(self) -> None:
        """Leave the processes to the one that we were forked from."""
        self.__init__()  # type: ignore[misc] # as if it were new

    def _child(self, function: str) -> subprocess.Popen[str]:
        with suppress(IndexError):
            while True:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _end(child)
        return _start(function)


def _start(function: str) -> subprocess.Popen[str]:
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-X", "utf8", "-c", CHILD, function.partition(":")[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
    )


def _exchange(child: subprocess.Popen[str], question: str) -> str:
    """Return the answer's line; what has no end of line is no answer."""
    assert child.stdin and child.stdout
    clock = threading.Timer(WALL_SECONDS, child.kill)
    clock.start()
    try:
        child.stdin.write(question)
        child.stdin.flush()
        return child.stdout.readline(ANSWER_CHARACTERS)
    except OSError:
        return ""
    finally:
        clock.cancel()


def _end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


_quarantine = Quarantine()
ask = _quarantine.ask
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_quarantine.forget)


def answer_all(questions: Iterable[str], answers: IO[str]) -> None:
    """Answer questions to the end of the stream: what runs in the process."""
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for question in questions:
        more_seconds, name, *arguments = json.loads(question)
        module, _, function = name.partition(":")
        found = getattr(import_module(module), function)  # importing is not what is limited
        with _limited_time(CPU_SECONDS + more_seconds):
            answer = json.dumps(found(*arguments), ensure_ascii=False)
        answers.write(answer.encode("utf-8", "replace").decode() + "\n")  # names of files may be no text
        answers.flush()


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in one line what ends this process: a text can have thousands of frames written into a log."""
    place = traceback.extract_tb(trace, limit=-1)[0]
    print(f"quarantine: {error!r:.200} at {place.filename}:{place.lineno}", file=sys.stderr)


@contextmanager
def _limited_time(seconds: float) -> Iterator[None]:
    """End this process if the block needs more processor time than it may; no handler has to run for that."""
    set_timer = getattr(signal, "setitimer", lambda *_: None)
    profiling = getattr(signal, "ITIMER_PROF", 0)
    set_timer(profiling, seconds)
    try:
        yield
    finally:
        set_timer(profiling, 0)
