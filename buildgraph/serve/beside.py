"""Beside: other programs of the same development server (a worker, a mail sink): their lines have a name in front, their ends are made good.

A program is told to end by the end of its standard input, then by SIGTERM, then by SIGKILL, and heads a process group, so nothing of it stays.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from buildgraph import serving
from buildgraph.act.processes import signal_group

from . import processes
from .loop import Loop

TERM_SECONDS = 0.5  # between the end of its input and SIGTERM
KILL_SECONDS = 3.0
PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)  # before it is started again, by how often it ended in a row
STEADY_SECONDS = 10.0  # after so long it counts as one that runs
CHUNK_BYTES = 1 << 16
COLOURS = (36, 35, 33, 34, 32)  # of the names on a terminal (ECMA-48, SGR)


class Keeper(Protocol):
    """Who ends process groups that are left when the supervisor is killed."""

    def guard(self, group: int) -> None: ...
    def release(self, group: int) -> None: ...


class Talker:
    """A process whose lines are handed to `heard`, and its exit code to `ended`."""

    def __init__(
        self, loop: Loop, keeper: Keeper, heard: Callable[[str], None], ended: Callable[[int], None]
    ) -> None:
        self.loop = loop
        self.keeper = keeper
        self.heard = heard
        self.ended = ended
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self._rest = b""
        self._code: int | None = None

    @property
    def pid(self) -> int:
        """Return its process, 0 if it does not run."""
        return self.process.pid if self.process else 0

    def start(self, words: Sequence[str], folder: str, saved: str = "") -> None:
        """Start it in a folder, at the head of a process group, because of what was saved; raise OSError if that cannot be."""
        environment = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            serving.WORKER: processes.beside(),
            serving.SAVED: saved,
        }
        process = subprocess.Popen(
            list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=folder, process_group=0
        )  # fmt: skip
        self.keeper.guard(process.pid)
        process.returncode = 0  # its end is heard of by `take_end`: one place waits for all processes
        self.process, self._rest, self._code, self.began = process, b"", None, time.monotonic()
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self.loop.on_readable(process.stdout, self._read)

    def take_end(self, code: int) -> None:
        """Take in that its process has ended; what it has said is read to its end first."""
        process, self._code = self.process, code
        signal_group(self.pid, signal.SIGKILL)  # what it has left: its pipe would stay open as long
        self._read()
        if self.process is process:  # what has left its group has the pipe still
            self._close()

    def ask_to_end(self, seconds: float = TERM_SECONDS) -> None:
        """Ask it to end, and insist after a while."""
        process = self.process
        if process is None:
            return
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        self.loop.at((self, "term"), seconds, lambda: self._signal(process.pid, signal.SIGTERM))
        self.loop.at((self, "kill"), KILL_SECONDS, lambda: self._signal(process.pid, signal.SIGKILL))

    def signal(self, number: int) -> None:
        """Send its group a signal."""
        self._signal(self.pid, number)

    def _signal(self, pid: int, number: int) -> None:
        if pid and pid == self.pid:
            signal_group(pid, number)

    def _read(self) -> None:
        source = self.process.stdout if self.process else None
        assert source is not None
        while True:
            try:
                data = os.read(source.fileno(), CHUNK_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            *lines, self._rest = (self._rest + data).split(b"\n")
            if not data and self._rest:
                lines, self._rest = [*lines, self._rest], b""
            for line in lines:
                self.heard(line.decode("utf-8", "replace").rstrip("\r"))
            if not data:
                self.loop.forget(source)
                if self._code is not None:
                    self._close()
                return

    def _close(self) -> None:
        process, self.process = self.process, None
        assert process is not None and process.stdin is not None and process.stdout is not None
        self.keeper.release(process.pid)
        self.loop.forget(process.stdout)
        for stage in ("term", "kill"):
            self.loop.cancel((self, stage))
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close()
        self.ended(self._code or 0)


class Companion:
    """A program that runs as long as the application answers, started again when it ends and when its code has changed."""

    def __init__(
        self,
        loop: Loop,
        keeper: Keeper,
        root: str,
        name: str,
        words: Sequence[str],
        print_line: Callable[[str, str], None],
    ) -> None:
        self.loop = loop
        self.root = root
        self.name = name
        self.words = tuple(words)
        self.print_line = print_line
        self.talker = Talker(loop, keeper, self._heard, self._ended)
        self.greeting: str | None = None  # what it said first when it was started last
        self.is_silent = True  # it has said nothing since then
        self.is_wanted = False
        self.is_replaced = False
        self.deaths = 0
        self.starts = 0

    def want(self, is_changed: bool) -> None:
        """Have it run, and run anew if its code has changed."""
        self.is_wanted = True
        if is_changed:
            self.deaths = 0
        if not self.talker.pid:
            self._start()
        elif is_changed:
            self.is_replaced = True
            self.talker.ask_to_end()

    def end(self) -> None:
        """Have it end."""
        self.is_wanted = False
        self.loop.cancel(self)
        self.talker.ask_to_end(0.0)

    def _heard(self, line: str) -> None:
        """Show a line; what a program says first each time is shown once, unless it had ended by itself."""
        is_known = self.is_silent and line == self.greeting and not self.deaths
        if self.is_silent:
            self.greeting, self.is_silent = line, False
        if not is_known:
            self.print_line(self.name, line)

    def _start(self) -> None:
        self.loop.cancel(self)
        self.starts += 1
        self.is_silent = True
        try:
            self.talker.start(self.words, self.root)
        except OSError as error:
            self.print_line(self.name, f"cannot be started: {error.strerror}")

    def _ended(self, code: int) -> None:
        if not self.is_wanted:
            return
        if self.is_replaced:
            self.is_replaced = False
            self._start()
            return
        self.deaths = 0 if time.monotonic() - self.talker.began > STEADY_SECONDS else self.deaths + 1
        pause = PAUSES_SECONDS[min(self.deaths, len(PAUSES_SECONDS) - 1)]
        self.print_line(self.name, f"ended with code {code}; it is started again in {pause:g} s")
        self.loop.at(self, pause, self._start)


def prefixed(name: str, line: str, place: int, is_coloured: bool) -> str:
    """Return a line with a name in front."""
    if is_coloured:
        return f"\x1b[{COLOURS[place % len(COLOURS)]}m{name} |\x1b[0m {line}"
    return f"{name} | {line}"


def is_coloured(environ: Mapping[str, str]) -> bool:
    """Tell whether names have colours: on a terminal that can, unless somebody wants none (no-color.org)."""
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and not environ.get("NO_COLOR")
        and environ.get("TERM") != "dumb"
    )
