"""Outlet: a stream whose reader may go (`doit | head`); what is written after that is dropped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from typing import TextIO

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

    def __getattr__(self, name: str) -> object:
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
