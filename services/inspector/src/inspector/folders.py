"""A folder for the files of one process, and the end of those that killed processes have left behind.

Each has a lock, which the system takes away from a process however it ends: who can take it finds a folder that nobody uses.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

PREFIX, LOCK = "inspector-", ".lock"
NEW_SECONDS = 60.0  # a folder is made before it is locked

fcntl: Any = None  # Windows has none, and no folder of a killed process is found there
with suppress(ImportError):
    fcntl = import_module("fcntl")


class Folder:
    """A folder with its lock; those that others left behind are removed first."""

    def __init__(self) -> None:
        with suppress(OSError):
            _remove_left()
        self._made = tempfile.TemporaryDirectory(prefix=PREFIX)
        place = Path(self._made.name)
        self._lock: IO[bytes] = (place / LOCK).open("wb")
        if fcntl:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.path = place / "files"
        self.path.mkdir()

    def close(self) -> None:
        """Remove the folder."""
        self._lock.close()
        self._made.cleanup()


def check_ours(folder: Path) -> None:
    """Make a folder again that was swept; raise PermissionError if somebody else did, whose files we would take for ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
        raise PermissionError(f"'{folder}' is of another user")


def end_in_order() -> None:
    """Have a process that is asked to end do so by its own hand, so that nothing is left; a handler of others is left alone."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())


def _remove_left() -> None:
    if not fcntl:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _taken(folder) as is_left:
            if is_left:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _taken(folder: Path) -> Iterator[bool]:
    """Tell whether a folder is ours and nobody uses it."""
    said = folder.lstat()  # a link of another user's is not followed
    if not folder.is_dir() or folder.is_symlink() or said.st_uid != os.getuid():
        yield False
        return
    with (folder / LOCK).open("rb") as lock:
        if time.time() - os.fstat(lock.fileno()).st_mtime < NEW_SECONDS:
            yield False
            return
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
