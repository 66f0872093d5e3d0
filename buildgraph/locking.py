"""File lock: a lock that the operating system frees when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

POLL_SECONDS = 0.02

if sys.platform == "win32":
    import msvcrt

    LOCKED_BYTE = 1 << 20
    """Windows locks bytes, and nobody may read those: this one is far beyond the end of the file."""

    def try_lock(handle: int) -> bool:
        """Take the lock on an open file, or return False if some other process has it."""
        os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

    def unlock(handle: int) -> None:
        """Free the lock."""
        os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def try_lock(handle: int) -> bool:
        """Take the lock on an open file, or return False if some other process has it."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def unlock(handle: int) -> None:
        """Free the lock, also for processes that have inherited it."""
        fcntl.flock(handle, fcntl.LOCK_UN)


class FileLock:
    """Hold a file exclusively; the file stays and its content says nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1

    def try_acquire(self) -> bool:
        """Take the lock now, or return False."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        is_ours = False
        try:
            is_ours = try_lock(handle)
        finally:
            if not is_ours:
                os.close(handle)
        if is_ours:
            self._handle = handle
        return is_ours

    def acquire(self, timeout_seconds: float) -> bool:
        """Take the lock as soon as it is free; return False when the time is over."""
        deadline = time.monotonic() + timeout_seconds
        while not self.try_acquire():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def release(self) -> None:
        """Free the lock."""
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                unlock(self._handle)
            os.close(self._handle)
            self._handle = -1


def is_held(path: Path) -> bool:
    """Tell whether some process holds the lock; a missing file is held by nobody."""
    if not path.exists():
        return False
    lock = FileLock(path)
    if lock.try_acquire():
        lock.release()
        return False
    return True


@contextlib.contextmanager
def held(path: Path, timeout_seconds: float, otherwise: Exception) -> Iterator[None]:
    """Hold the lock for a block of code; raise `otherwise` if it is not free in time."""
    lock = FileLock(path)
    if not lock.acquire(timeout_seconds):
        raise otherwise
    try:
        yield
    finally:
        lock.release()
