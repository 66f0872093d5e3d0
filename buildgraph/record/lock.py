"""The lock: one build at a time in a checkout.

The operating system releases it when the last process that holds it ends, however it ends. The file's text
says who holds it and is a courtesy: the lock itself is on the file, not on its content.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress

from buildgraph.errors import BuildError, cannot_write
from buildgraph.layout import LOCK
from buildgraph.locking import POLL_SECONDS, try_lock, unlock
from buildgraph.record import ancestry
from buildgraph.record.ledger import Ledger

DYING_SECONDS = 5.0
"""How long the commands of a killed run may take to be ended by its warden, which holds the lock meanwhile."""
SHOWN = 80
"""So many characters of a command are told."""
SHOWN_TASKS = 3
RELEASED = b"-"
"""What the text begins with when the lock was released; a full disk has room for one letter over another."""


class Lock:
    """The lock of one checkout."""

    def __init__(self, path: str = LOCK) -> None:
        self.path = path
        self.file: int | None = None

    def acquire(self, holder: str, is_waiting: bool, say: Callable[[str], None]) -> None:
        """Take the lock; if another run has it, say so and wait, or fail if not `is_waiting`."""
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            hint = "Everything in '.buildgraph' must be yours to write; it can be deleted."
            raise BuildError(f"cannot write '{self.path}': {error.strerror}", "", hint) from None
        try:
            if not try_lock(file):
                self._wait(file, is_waiting, say)
            self._sign(file, holder)
        except BaseException:
            os.close(file)
            raise
        self.file = file

    def _sign(self, file: int, holder: str) -> None:
        text = f"'{holder}', process {os.getpid()}, since {time.strftime('%H:%M:%S')}\n"
        data = text.encode("utf-8", "surrogateescape")
        try:
            os.ftruncate(file, 0)
            _write(file, data)
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def _wait(self, file: int, is_waiting: bool, say: Callable[[str], None]) -> None:
        holder = self.holder()
        self._refuse_own_command(holder)
        deadline = time.monotonic() + DYING_SECONDS
        while _is_dead(holder) and time.monotonic() < deadline:
            if try_lock(file):
                return
            time.sleep(POLL_SECONDS)
        if not is_waiting:
            raise BuildError(
                f"another run holds this checkout: {holder}", "", "Wait for it, or run without --no-wait."
            )
        say(f"waiting for another run in this checkout: {holder}")
        while not try_lock(file):
            time.sleep(POLL_SECONDS)

    def _refuse_own_command(self, holder: str) -> None:
        """Raise if this process belongs to a command of the run that it would wait for."""
        number = _process(holder)
        command = ancestry.command_of(number) if number else None
        if command is not None:
            of = f"a command of {_started_tasks()}the run {holder}"
            what = f"this build was started by '{_shortened(command)}', {of}"
            hint = "It would wait for itself: let the command's task come after what it needs."
            raise BuildError(what, "", hint)

    def holder(self) -> str:
        """Return who holds the lock, as far as is known."""
        try:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.readline().strip()
        except OSError:
            return "unknown"
        return text if text and not text.startswith(RELEASED.decode()) else "one that is just starting"

    def release(self) -> None:
        """Give the lock up."""
        if self.file is None:
            return
        with suppress(OSError):
            _write(self.file, RELEASED)
        with suppress(OSError):
            unlock(self.file)
        os.close(self.file)
        self.file = None


def is_at_work(path: str = LOCK) -> bool:
    """Tell whether the run that held the lock last goes on: its text stays when a task that owns the terminal runs without it."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.readline().strip()
    except OSError:
        return False
    return bool(_process(text)) and hasattr(os, "killpg") and not _is_dead(text)


def _write(file: int, data: bytes) -> None:
    if hasattr(os, "pwrite"):
        os.pwrite(file, data, 0)
    else:
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, data)


def _process(holder: str) -> int:
    """Return the process that the text names, 0 if it names none."""
    number = holder.rpartition("', process ")[2].partition(",")[0]
    return int(number) if number.isdigit() else 0


def _started_tasks() -> str:
    """Return which tasks have been started, as far as the ledger tells; nobody has to have ended it to read it."""
    ledger = Ledger()
    ledger.load()
    names = " or ".join(f"'{name}'" for name in sorted(ledger.running)[:SHOWN_TASKS])
    return f"{names} in " if names else ""


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _is_dead(holder: str) -> bool:
    """True if the process that the text names has ended."""
    number = _process(holder)
    if not number or not hasattr(os, "killpg"):
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def clock_ns(path: str = LOCK) -> Callable[[], int]:
    """Return the clock of the file system that holds `path`, which was written just now.

    A network file system stamps files with its server's clock; what counts as a fresh stamp is judged by that
    clock.
    """
    try:
        offset = os.stat(path).st_mtime_ns - time.time_ns()
    except OSError:
        offset = 0
    return lambda: time.time_ns() + offset
