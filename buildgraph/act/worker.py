"""Worker: a process that stays, and answers one request after another, or several at once, in JSON lines.

It reads `{"id": 7, "words": [...]}` and writes `{"id": 7, "code": 0, "said": "for the log"}`, in any order; its standard error
is a log of its own. Three threads belong to each: one writes, so that a worker that does not read blocks nobody else, one reads, so that
one that says much does not wait for us, and one waits for its end. None of them is waited for if a stranger holds the other end
of a pipe.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue

from buildgraph.act.signals import signal_name
from buildgraph.errors import BuildError
from buildgraph.fields import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from buildgraph.act.processes import Children


ANSWER_LIMIT_BYTES = 64 << 20
"""A longer line is not an answer."""
ENDING_SECONDS = 1.0
"""How long after the end of a worker's output its own end is waited for, and the other way round."""
SHOWN_CHARACTERS = 80
"""How much is shown of what is not an answer."""
TAIL_BYTES = 4000
"""How much of its log is shown as a worker's last words."""
ANSWER = '{"id": 7, "code": 0, "said": "for the log"}'


class Answer(Value):
    """What came of a request: an exit code, and what is for the task's log."""

    code: int
    said: bytes


class Ended(Value):
    """How a worker has ended: its exit code, or what was wrong with what it wrote."""

    how: str


class Worker:
    """One process; `name` is how people know it."""

    def __init__(
        self, name: str, words: Sequence[str], environ: Mapping[str, str], log: str, children: Children
    ) -> None:
        self.name = name
        self.log = log
        self.end: Ended | None = None
        """How it has ended; nothing as long as it can be asked."""
        self._children = children
        self._lock = threading.Lock()
        self._is_finished = False
        self._count = 0
        self._waiting: dict[int, SimpleQueue] = {}
        self._requests: SimpleQueue = SimpleQueue()
        self._code: int | None = None
        self._has_ended = threading.Event()
        with suppress(FileNotFoundError):
            os.unlink(log)
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        try:
            self.started_ns = os.fstat(said).st_ctime_ns
            """When it was started, by the file system's clock."""
            self._process, self._input, self._output = children.spawn_worker(words, environ, said)
        except OSError as error:
            raise BuildError(f"cannot start '{words[0]}': {error.strerror}") from None
        finally:
            os.close(said)
        self._reader = self._start(self._read)
        self._waiter = self._start(self._wait)
        self._start(self._write)

    def ask(self, words: Sequence[str]) -> Answer | Ended | None:
        """Have a request done and return its answer; how the worker ended if it gave none; None if it took none any more."""
        box: SimpleQueue = SimpleQueue()
        with self._lock:
            if self.end is not None or self._is_finished:
                return None
            self._count += 1
            number = self._count
            self._waiting[number] = box
            self._requests.put({"id": number, "words": list(words)})
        return box.get()

    def finish(self) -> None:
        """Take no more requests, and close its input once all are written: it answers those, and ends."""
        with self._lock:
            self._is_finished = True
            self._requests.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait for its end, and tell whether it has come."""
        self._waiter.join(seconds)
        return not self._waiter.is_alive()

    def kill(self) -> None:
        """End it at once."""
        if not self._has_ended.is_set():
            self._children.kill(self._process)

    def last_words(self) -> bytes:
        """Return the end of what it said on standard error."""
        with open(self.log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            text = file.read()
        return text if size <= TAIL_BYTES else "…\n".encode() + text.partition(b"\n")[2]

    def _start(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    # What each of the threads does

    def _write(self) -> None:
        with suppress(OSError):  # It has ended, or reads no more; the others will find out how.
            while (request := self._requests.get()) is not None:
                rest = memoryview(json.dumps(request).encode() + b"\n")
                while rest:
                    rest = rest[os.write(self._input, rest) :]
        os.close(self._input)

    def _read(self) -> None:
        end = _read_answers(self._output, self._take)
        if end is None:
            self._has_ended.wait(ENDING_SECONDS)
            end = Ended("closed its output") if self._code is None else _ended(self._code)
        self._finish(end)
        with suppress(OSError):
            self._output.close()

    def _wait(self) -> None:
        self._code = self._process.wait()
        self._has_ended.set()
        self._children.ended(self._process)
        self._requests.put(None)
        self._reader.join(ENDING_SECONDS)
        self._finish(_ended(self._code))

    def _take(self, number: int, answer: Answer) -> bool:
        """Hand an answer to who waits for it; False if nobody does."""
        with self._lock:
            box = self._waiting.pop(number, None)
        if box is not None:
            box.put(answer)
        return box is not None

    def _finish(self, end: Ended) -> None:
        """Take no more requests, and tell those who wait how it ended."""
        with self._lock:
            if self.end is not None:
                return
            self.end = end
        self.kill()
        self._has_ended.wait(ENDING_SECONDS)  # Its last words are written then.
        with self._lock:
            boxes, self._waiting = list(self._waiting.values()), {}
        for box in boxes:
            box.put(end)


def _read_answers(output: BinaryIO, take: Callable[[int, Answer], bool]) -> Ended | None:
    """Hand on all answers; return what was none of them, nothing at the end of the output."""
    while line := output.readline(ANSWER_LIMIT_BYTES):
        if not line.endswith(b"\n"):
            if len(line) < ANSWER_LIMIT_BYTES:
                return None  # It ended while it wrote.
            return Ended(f"wrote a line of more than {ANSWER_LIMIT_BYTES >> 20} MB")
        found = _parsed(line)
        if found is None or not take(*found):
            text = line[: SHOWN_CHARACTERS + 1].decode("utf-8", "replace").rstrip("\n")
            shown = f"{text[:SHOWN_CHARACTERS]}…" if len(text) > SHOWN_CHARACTERS else text
            return Ended(f"wrote '{shown}', and not the answer to a request, such as '{ANSWER}'")
    return None


def _parsed(line: bytes) -> tuple[int, Answer] | None:
    """Return whom an answer is for and what it is; None if it is not one."""
    try:
        found = json.loads(line)
        number, code, said = found["id"], found["code"], found["said"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if type(number) is not int or type(code) is not int or type(said) is not str:
        return None
    return number, Answer(code, _encoded(said))


def _encoded(said: str) -> bytes:
    try:
        return said.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return said.encode("utf-8", "backslashreplace")


def _ended(code: int) -> Ended:
    if code >= 0:
        return Ended(f"ended with exit code {code}")
    return Ended(f"was ended by {signal_name(-code)}")
