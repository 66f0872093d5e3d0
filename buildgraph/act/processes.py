"""Processes: start them in groups and end whole groups; the one module that knows how systems differ in this."""

from __future__ import annotations

import os
import signal
import time

GRACE_SECONDS = 5.0
"""How long a group may take to end after SIGTERM before it is killed."""
POLL_SECONDS = 0.01

HAS_GROUPS = hasattr(os, "killpg")


def group_options() -> dict:
    """Return Popen's options that put a child at the head of a group of its own."""
    if HAS_GROUPS:
        return {"process_group": 0}
    import subprocess

    return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}


def end_group(process, grace_seconds: float = GRACE_SECONDS) -> None:
    """End a child and everything in its group: ask first, kill after the grace period."""
    if not HAS_GROUPS:
        _end_windows(process)
        return
    _signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline:
        process.poll()
        if not _signal_group(process.pid, 0):
            return
        time.sleep(POLL_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def signal_process(process, number: int, is_group: bool) -> None:
    """Hand a signal on to a child, or to its whole group."""
    if HAS_GROUPS and is_group:
        _signal_group(process.pid, number)
    else:
        process.send_signal(number)


def end_remains(process) -> None:
    """Kill what a child that has ended left running in its group."""
    if HAS_GROUPS:
        _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to a group; False if the group has ended."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS: only zombies are left.
        return False
    return True


def _end_windows(process) -> None:
    import subprocess

    subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    process.wait()
