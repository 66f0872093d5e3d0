"""Worker: how a program of a room serves: started once, it answers the requests of many tasks (`act/worker.py`).

    if __name__ == "__main__":
        worker.run(main)

Each request is a call of `main` in a thread of its own, with the words of the request, as `command.run` calls it in a process of its own. What it prints
is its own answer's: `sys.stdout` and `sys.stderr` are told apart by the thread's context. What it does not print itself, such as the output of a
command that it starts, goes to the worker's log. So `main` may neither change the current folder nor the environment, and what it keeps of a file it
believes only as long as the file has the same stamp.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import ContextVar

from buildgraph import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, TextIO

    Main = Callable[[list[str]], int | None]


WORD = "--worker"
"""The one word by which the engine asks a program to serve."""

_said: ContextVar[io.TextIOWrapper | None] = ContextVar("said", default=None)
"""What the request of this context has said."""


def run(main: Main) -> None:
    """Serve if that is asked for, otherwise run a program's main with its arguments as `command.run` does."""
    if sys.argv[1:] != [WORD]:
        command.run(main)
    requests, answers = _taken()
    sys.stdout, sys.stderr = _Divided(sys.stdout), _Divided(sys.stderr)
    serve(main, requests, answers)
    sys.exit(0)


def serve(main: Main, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer all requests, and return when there are no more and all are answered."""
    lock = threading.Lock()

    def answer(number: int, words: list[str]) -> None:
        code, said = answered(main, words)
        line = json.dumps({"id": number, "code": code, "said": said}) + "\n"
        with lock:
            answers.write(line.encode())
            answers.flush()

    threads: list[threading.Thread] = []
    for line in requests:
        request = json.loads(line)
        thread = threading.Thread(target=answer, args=(request["id"], request["words"]))
        thread.start()
        threads = [each for each in threads if each.is_alive()] + [thread]
    for thread in threads:
        thread.join()


def answered(main: Main, words: list[str]) -> tuple[int, str]:
    """Return the exit code of a program's main, as its process would have it, and what it said."""
    held = io.BytesIO()
    stream = io.TextIOWrapper(
        held, encoding="utf-8", errors="surrogateescape", newline="", write_through=True
    )
    _said.set(stream)
    try:
        code = command.code_of(main, words)
    except SystemExit as end:
        code = _code(end.code)
    except BaseException:
        traceback.print_exc()
        code = 1
    stream.flush()
    return code, held.getvalue().decode("utf-8", "surrogateescape")


def _code(given: object) -> int:
    """Return the exit code that `sys.exit` was given, as Python reads it; another object is a sentence."""
    if given is None or isinstance(given, int):
        return int(given or 0) & 0xFF
    print(given, file=sys.stderr)
    return 1


def _taken() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and output for ourselves: who reads there finds nothing, and what is written there goes to the log."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


class _Divided:
    """A stream that is for each request what it has said, and for all else the one that was there."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(_said.get() or self._stream, name)
