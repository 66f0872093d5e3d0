"""The folder of a cache: temporary, and removed when the process ends; what a process left that was killed is swept by the next one."""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

PREFIX = "inspector-of-an-index-"
LEFT_SECONDS = 24 * 60 * 60  # without a new file; one that is in use after all is made again


def temporary() -> "tempfile.TemporaryDirectory[str]":
    """Return a new folder, which this user alone can read."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)


def check_ours(folder: Path) -> None:
    """Make a folder again that was swept; raise PermissionError if somebody else did, whose files we would take for ours."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
        raise PermissionError(f"'{folder}' is of another user")


def end_in_order() -> None:
    """Have a process that is asked to end do so by its own hand, so that nothing is left; whoever else cares for that is left alone."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())


def _is_left(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > LEFT_SECONDS
    except OSError:  # gone in the meantime
        return False
