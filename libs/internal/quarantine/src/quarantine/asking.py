"""Asking: processes that are started when there is a question, kept for the next, and replaced when a limit ended one."""

import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from quarantine.limits import LIMITS, Limits

CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks; its end ends this one
from quarantine.answering import run
run(*sys.argv[1:])
"""


class TooMuch(Exception):
    """A question needed more than it may, or its process failed."""


class Busy(Exception):
    """As many questions as may wait are waiting."""


class Quarantine:
    """Processes that answer questions; each question is asked of one that is idle.

    They import from the folders of `path`, which are those of this process if there are none; this package has to be in one.
    """

    def __init__(self, limits: Limits = LIMITS, path: Sequence[str] = ()) -> None:
        self._limits, self._path = limits, path
        self.forget()
        _after_a_fork(self)

    def ask(self, function: str, *arguments: str, more_seconds: float = 0) -> Any:
        """Return what a function ("module:name") of texts returns, as JSON has it. Raises TooMuch and Busy."""
        if not self._admitted.acquire(blocking=False):
            raise Busy(function)
        try:
            with self._free:
                child = self._child(function)
                answer = self._exchange(child, json.dumps([more_seconds, function, *arguments]) + "\n")
                if not answer.endswith("\n"):
                    _end(child)
                    self._idle.append(self._start(function))  # ready when the next question comes
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
        """Leave the processes to the one that we were forked from; a fork does so by itself."""
        self._admitted = threading.BoundedSemaphore(self._limits.admitted)
        self._free = threading.BoundedSemaphore(self._limits.children)
        self._idle: list[subprocess.Popen[str]] = []

    def _child(self, function: str) -> subprocess.Popen[str]:
        with suppress(IndexError):
            while True:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _end(child)
        return self._start(function)

    def _start(self, function: str) -> subprocess.Popen[str]:
        environment = {"PYTHONPATH": os.pathsep.join(self._path or sys.path)}
        environment |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        said = [function.partition(":")[0], json.dumps(asdict(self._limits))]
        return subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-c", CHILD, *said],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            encoding="utf-8",
        )

    def _exchange(self, child: subprocess.Popen[str], question: str) -> str:
        """Return the answer's line; what has no end of line is no answer."""
        assert child.stdin and child.stdout
        clock = threading.Timer(self._limits.wall_seconds, child.kill)
        clock.start()
        try:
            child.stdin.write(question)
            child.stdin.flush()
            return child.stdout.readline(self._limits.answer_characters)
        except OSError:
            return ""
        finally:
            clock.cancel()


def _end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def _after_a_fork(made: Quarantine) -> None:
    """Have the processes forgotten in every fork of this one, as long as they are in use."""
    reference = weakref.ref(made)

    def forget() -> None:
        if alive := reference():
            alive.forget()

    getattr(os, "register_at_fork", lambda **_: None)(after_in_child=forget)
