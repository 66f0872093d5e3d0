"""Processes: a run's commands in one group, ended together; the one module that knows how systems differ in this.

On POSIX a warden leads the group (see `warden.py`), so that commands end even if the run is killed. Windows
has no groups that can be signalled; there each command is ended with all that it has started.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from buildgraph.act.signals import signal
from buildgraph.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import Popen
    from typing import Any, BinaryIO, Protocol

    from buildgraph.act.workers import Workers

    class Process(Protocol):
        """A process that was started, however it was."""

        pid: int

        def wait(self) -> int:
            """Wait for its end and return the exit code, for a signal its negative number."""


GRACE_SECONDS = 5.0
"""How long commands may take to end after SIGTERM before they are killed."""
WORKERS_GRACE_SECONDS = 1.0
"""How long workers may take to end when there is nothing left to serve, before they are killed."""
POLL_SECONDS = 0.01

HAS_GROUPS = hasattr(os, "killpg")
DEFAULT_AGAIN = [number for name in ("SIGPIPE", "SIGXFSZ") if (number := getattr(signal, name, None))]
"""Signals that Python ignores and a command expects not to be ignored."""
ENDING = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None))]
"""Signals that a warden leaves to the run."""
WARDEN = os.path.join(os.path.dirname(__file__), "warden.py")


class Children:
    """The processes of one run; `held` is a file descriptor that the warden keeps open (the checkout's lock)."""

    def __init__(self, held: int | None = None) -> None:
        self.held = held
        self._lock = threading.Lock()
        self._running: set[Process] = set()
        self._warden: Warden | None = None
        self._workers: Workers | None = None
        self._is_closed = False

    def spawn(
        self,
        words: Sequence[str],
        environ: Mapping[str, str],
        output: int,
        pipes: tuple[int, int] | None = None,
    ) -> Process:
        """Start a process of the run that writes to the file `output`; none is started once the run is ending.

        With `pipes` it reads from the first and writes to the second one, and to `output` what is standard error.
        """
        with self._lock:
            if self._is_closed:
                raise BuildError("the run is ending")
            if HAS_GROUPS:
                if self._warden is None:
                    self._warden = Warden("group", held=self.held)
                process: Process = Spawned(words, environ, (output, pipes), self._warden.pid)
            else:
                process = _start_windows(words, environ, output, pipes)
            self._running.add(process)
            return process

    def spawn_worker(
        self, words: Sequence[str], environ: Mapping[str, str], errors: int
    ) -> tuple[Process, int, BinaryIO]:
        """Start a process with pipes, and return it, the end that it reads and the one that it writes."""
        theirs_in, ours_in = map(_above_standard, os.pipe())
        ours_out, theirs_out = map(_above_standard, os.pipe())
        try:
            process = self.spawn(words, environ, errors, (theirs_in, theirs_out))
        except BaseException:
            os.close(ours_in)
            os.close(ours_out)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        return process, ours_in, os.fdopen(ours_out, "rb")

    def workers(self) -> Workers:
        """Return those of the processes that serve several tasks; there are none until they are asked for."""
        with self._lock:
            if self._workers is None:
                from buildgraph.act.workers import Workers  # Few runs have any.

                self._workers = Workers(self)
            return self._workers

    def retire_workers(self) -> None:
        """Let no worker that serves now serve what is yet to come."""
        if self._workers is not None:
            self._workers.retire()

    def kill(self, process: Process) -> None:
        """End one process at once."""
        if not HAS_GROUPS:
            _end_windows(process)
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)

    def ended(self, process: Process) -> None:
        """Forget a process that has ended."""
        with self._lock:
            self._running.discard(process)

    def interrupt(self) -> None:
        """Ask all processes to end, kill them after the grace period, and let none start."""
        with self._lock:
            self._is_closed = True
            running = list(self._running)
        if not HAS_GROUPS:
            for process in running:
                _end_windows(process)
            self.close(0.0)
            return
        if self._warden is None:
            return
        signal_group(self._warden.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while self._running and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self.close(0.0)

    def close(self, grace_seconds: float = WORKERS_GRACE_SECONDS) -> None:
        """Kill whatever is left, the warden included; workers are asked to end first."""
        with self._lock:
            self._is_closed = True
            warden, self._warden = self._warden, None
            workers, self._workers = self._workers, None
        if workers is not None:
            workers.end(grace_seconds)
        if warden is not None:
            signal_group(warden.pid, signal.SIGKILL)
            warden.end()
        if workers is not None:
            workers.kill(WORKERS_GRACE_SECONDS)


class Spawned:
    """A process started with `posix_spawn`, which costs a third of `Popen`: nothing of ours runs in the child.

    It inherits no file of ours, since Python opens all of them to be closed on exec.
    """

    def __init__(
        self,
        words: Sequence[str],
        environ: Mapping[str, str],
        streams: tuple[int, tuple[int, int] | None],
        group: int,
    ) -> None:
        output, pipes = streams
        files = [
            (os.POSIX_SPAWN_DUP2, pipes[0], 0)
            if pipes
            else (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, pipes[1] if pipes else output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ]
        self.pid = os.posix_spawn(
            words[0], list(words), environ, file_actions=files, setpgroup=group, setsigdef=DEFAULT_AGAIN
        )

    def wait(self) -> int:
        """Wait for its end and return the exit code, for a signal its negative number."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _start_windows(
    words: Sequence[str], environ: Mapping[str, str], output: int, pipes: tuple[int, int] | None
) -> Popen[bytes]:
    import subprocess

    return subprocess.Popen(
        words,
        env=environ,
        stdin=pipes[0] if pipes else subprocess.DEVNULL,
        stdout=pipes[1] if pipes else output,
        stderr=output,
        **new_group_options(),
    )


class Warden:
    """A warden (see `warden.py`); it ends by itself only after this process has ended."""

    def __init__(self, kind: str, pid: int = 0, held: int | None = None) -> None:
        words = [sys.executable, "-I", "-S", WARDEN, kind, str(pid)]
        ours, self._end = map(_above_standard, os.pipe())
        files = [
            (os.POSIX_SPAWN_DUP2, ours, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        if held is not None:  # Under another number, it is not closed when the child begins.
            files.append((os.POSIX_SPAWN_DUP2, held, 4 if held == 3 else 3))
        try:
            self.pid = os.posix_spawn(
                words[0],
                words,
                {},
                file_actions=files,
                setpgroup=0,
                setsigmask=ENDING,
                setsigdef=DEFAULT_AGAIN,
            )
        except BaseException:
            os.close(self._end)
            raise
        finally:
            os.close(ours)

    def end(self) -> None:
        """End it, since it is not needed any more."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._end)


def _above_standard(number: int) -> int:
    """Return a file descriptor above those of the standard streams, which may be closed."""
    if number > 2:
        return number
    import fcntl

    above = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(number)
    return above


def new_group_options() -> dict[str, Any]:
    """Return Popen's options that put a child at the head of a group of its own."""
    if sys.platform != "win32":
        return {"process_group": 0}
    import subprocess

    return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a group; False if the group has ended."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS denies it where only zombies are left.
        return False
    return True


def hand_on(process: Popen, number: int, is_group: bool) -> None:
    """Hand a signal on to a child, or to the group that it leads."""
    if HAS_GROUPS and is_group:
        signal_group(process.pid, number)
    else:
        process.send_signal(number)


def _end_windows(process: Process) -> None:
    import subprocess

    subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
