"""Processes: those that the supervisor has started or adopted: a zygote, workers, parked copies, the warden."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from buildgraph import serving

from . import system
from .channel import Channel, pair
from .failures import Failure
from .paths import python_words

ROOT = str(Path(__file__).resolve().parents[2])
CHILD = """import sys
if not sys.flags.safe_path:
    del sys.path[0]
try:
    from buildgraph.serve import child
except ImportError:
    sys.path.append({library!r})
    from buildgraph.serve import child
sys.exit(child.main(sys.argv[1:]))
"""
"""Without the folder that we were started in, whose modules may have names of Python's; the application's own is first later."""
NO_NUMBER = 0  # of a worker: that of a zygote
WARDEN = Path(__file__).with_name("warden.py")


@dataclass(eq=False)
class Process:
    """One process, and what it has said."""

    channel: Channel
    pid: int = 0
    has_ended: bool = False


@dataclass(eq=False)
class Zygote(Process):
    """A process that forks workers; without preloaded modules it is the first one."""

    preloaded: tuple[str, ...] = ()
    count: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[int, ...]] = field(default_factory=dict)
    is_warm: bool = False
    folder: tuple[int, ...] = ()  # the application's root, which it runs in


@dataclass(eq=False)
class Copy(Process):
    """A worker that was parked before the import of a module; it forks workers that go on from there."""

    point: str = ""
    reads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    zygote: Zygote | None = None


@dataclass(eq=False)
class Worker(Process):
    """A life of the application."""

    number: int = 0
    source: Zygote | Copy | None = None  # what it was forked from
    began: float = field(default_factory=time.monotonic)
    ticks: int = field(default_factory=system.ticks)
    moved: float = field(default_factory=time.monotonic)
    reads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    importing: str = ""
    order: list[str] = field(default_factory=list)
    failure: Failure | None = None
    crash: int = -1  # a file that the process writes its stack to when it crashes
    ready_at: float = 0.0
    cpu_seconds: float = 0.0
    is_retired: bool = False
    is_killed: bool = False
    is_climber: bool = False  # it goes the way of a worker once more, parks copies there, and never serves
    passed: tuple[str, ...] = ()  # before which modules copies may be parked
    ladder: tuple[str, str] = ("", "")

    def dump(self) -> str:
        """Return what faulthandler has written."""
        with suppress(OSError):
            size = os.fstat(self.crash).st_size
            return os.pread(self.crash, size, 0).decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        """Give up what was kept for this process."""
        self.channel.close()
        if self.crash >= 0:
            os.close(self.crash)
            self.crash = -1


class Warden:
    """The process that ends what is left of us if we are killed."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self.process: subprocess.Popen | None = None
        self.start()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start it, again if somebody has ended it."""
        if not hasattr(os, "killpg"):
            return
        words = [sys.executable, "-I", "-S", str(WARDEN), f"{serving.WORKER}={instance()}."]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, process_group=0
        )
        for group in self.groups:
            self._say(f"+{group}\n")

    def guard(self, group: int) -> None:
        """Have a group ended if we are killed."""
        self.groups.add(group)
        self._say(f"+{group}\n")

    def release(self, group: int) -> None:
        """Let a group be: it has ended."""
        self.groups.discard(group)
        self._say(f"-{group}\n")

    def _say(self, line: str) -> None:
        if self.process and self.process.stdin:
            with suppress(OSError):
                os.write(self.process.stdin.fileno(), line.encode())

    def end(self) -> None:
        """Let it end; what it still guards is killed."""
        if self.process and self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()


def start(task: dict, listener: int, crash: int = -1, python: Sequence[str] = ()) -> tuple[int, Channel]:
    """Start a child program and tell it what to do; return its process and our end of its channel."""
    ours, theirs = pair()
    with theirs:
        task = {
            **task,
            "listener": listener,
            "crash": crash,
            "supervisor": os.getpid(),
            "instance": instance(),
        }
        numbers = [number for number in (theirs.fileno(), listener, crash) if number >= 0]
        words = [*(python or python_words()), "-c", CHILD.format(library=ROOT), str(theirs.fileno())]
        # What is forked from here has this environment in the system's eyes, whatever it puts into its own later.
        environ = {**os.environ, serving.WORKER: f"{instance()}.{task['spawn'].get('number', NO_NUMBER)}"}
        process = subprocess.Popen(words, pass_fds=numbers, process_group=0, env=environ)
    process.returncode = 0  # its end is heard of by `reap`
    ours.send(task)
    return process.pid, ours


def crash_file() -> int:
    """Return a file without a name, in memory where there is that: no folder may be writable."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("crash")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def reap() -> list[tuple[int, int, int]]:
    """Return the processes that have ended or stopped: process, exit code (for a signal the negative number), signal that stopped it."""
    found: list[tuple[int, int, int]] = []
    flags = os.WNOHANG | getattr(os, "WUNTRACED", 0)
    while True:
        try:
            pid, status = os.waitpid(-1, flags)
        except ChildProcessError:
            return found
        if not pid:
            return found
        if os.WIFSTOPPED(status):
            found.append((pid, 0, os.WSTOPSIG(status)))
        else:
            found.append((pid, os.waitstatus_to_exitcode(status), 0))


def instance() -> str:
    """Return what tells this supervisor from any other one."""
    return f"{os.getpid()}-{system.started_ticks(os.getpid())}"


def beside() -> str:
    """Return the mark of what runs alongside the workers."""
    return f"{instance()}.0"


def kill_adopted(known: Sequence[int], numbers: Sequence[int] | None = None, before_ticks: int = 0) -> int:
    """Kill the processes that have become ours because their parents ended; return how many.

    With the numbers of the workers that live: only those that come from none of them; where that is not known, those started before a time.
    """
    strangers = [pid for pid in system.children() if pid not in known]
    if numbers is not None:
        living = {beside(), *(f"{instance()}.{number}" for number in numbers)}
        strangers = [pid for pid in strangers if _is_left(pid, living, before_ticks)]
    for pid in strangers:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return len(strangers)


def _is_left(pid: int, living: set[str], before_ticks: int) -> bool:
    mark = system.mark(pid)
    if mark and mark != f"{instance()}.{NO_NUMBER}":
        return mark not in living
    return 0 < system.started_ticks(pid) < before_ticks
