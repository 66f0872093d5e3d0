"""Outlet: a stream whose reader may go (`doit | head`), and how a command line ends when something is in its way."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation

from buildgraph.errors import FULL, BuildError, Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO, TypeVar

    Code = TypeVar("Code", int, int | None)


UNREAD = 141
"""The exit code if the reader has gone: 128 and the number of SIGPIPE, as a shell has it of a program that SIGPIPE ends."""


class Outlet:
    """A stream that remembers whether its reader has gone, and is otherwise the one that it stands for."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_unread = False

    def write(self, text: str) -> int:
        if not self.is_unread:
            try:
                return self.stream.write(text)
            except BrokenPipeError:
                self.is_unread = True
        return len(text)

    def flush(self) -> None:
        if not self.is_unread:
            try:
                self.stream.flush()
            except BrokenPipeError:
                self.is_unread = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def alone() -> Iterator[TextIO]:
    """Give standard output to one writer: what anybody else writes to it, commands included, goes to standard error."""
    try:
        number = sys.stdout.fileno()
    except UnsupportedOperation:  # A program has put an object of its own there.
        yield sys.stdout
        return
    sys.stdout.flush()
    own = os.fdopen(os.dup(number), "w", encoding="utf-8", errors="surrogateescape")
    os.dup2(sys.stderr.fileno(), number)
    try:
        yield own
    finally:
        sys.stdout.flush()
        os.dup2(own.fileno(), number)
        with suppress(BrokenPipeError):
            own.close()


def tell(error: BuildError) -> int:
    """Write the sentence and return the exit code of a user's mistake."""
    with suppress(OSError):  # What cannot be written there is told here.
        Outlet(sys.stdout).flush()
    Outlet(sys.stderr).write(told(error, sys.stderr))
    return 1


def told(error: BuildError, stream: TextIO) -> str:
    """Return what is written of an error: its sentence, and for who sits at a terminal the source at its place, in colour."""
    if not stream.isatty():
        return f"error: {error}\n"
    from buildgraph.colour import marked, palette
    from buildgraph.excerpt import of_error

    paint, source = palette(stream, os.environ), of_error(error, _columns(stream) - 2)
    return "\n".join(
        [f"{paint('failed', 'error:')} {error}", *(f"  {marked(line, paint)}" for line in source), ""]
    )


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def answered(command: Callable[[], Code]) -> Code | int:
    """Carry out a command and return its exit code: 1 for a mistake, which is told, 130 if it was ended, 141 if nobody reads."""
    try:
        return command()
    except BuildError as error:
        return tell(error)
    except (KeyboardInterrupt, Interrupted):
        return 130
    except BrokenPipeError:
        return UNREAD
    except OSError as error:
        if not error.filename and error.errno not in FULL:
            raise
        what = f"'{error.filename}'" if error.filename else "what the output is written to"
        hint = "Make sure that there is space and that you may read and write it."
        return tell(BuildError(f"cannot use {what}: {error.strerror}", "", hint))


def end(code: int) -> None:
    """End this process without taking its objects apart one by one, which costs a large graph a fifth of its no-op."""
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or UNREAD
    except (OSError, ValueError):  # The disk that holds our output is full.
        code = code or 1
    os._exit(code)
