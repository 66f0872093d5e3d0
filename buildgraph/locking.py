"""File lock: a lock that the operating system frees when its holder ends, however it ends."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

POLL_SECONDS = 0.02

if os.name == "nt":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
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
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

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
                _unlock(self._handle)
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
