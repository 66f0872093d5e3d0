"""Ancestry: whether this process belongs to a command that another process has started, and to which.

A command's processes have that process among their parents. One whose own parent has ended (a double fork) is still in
the process group of the commands, whose leader is a child of that process. Linux says it in `/proc`, other systems
through `ps`; Windows says nothing, and there a build that is started inside of a command waits until it is ended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator


def command_of(ancestor: int) -> str | None:
    """Return the command line that `ancestor` runs and that this process belongs to, None if it belongs to none of its."""
    if not hasattr(os, "getpgrp"):
        return None
    line = [os.getpid(), *_above(os.getpid())]
    if ancestor in line[1:]:
        return _words(line[line.index(ancestor) - 1])
    if ancestor in _above(os.getpgrp()):
        return _words([pid for pid in line if _group(pid) == os.getpgrp()][-1])
    return None


def _above(pid: int) -> Iterator[int]:
    """Yield the parent, its parent and so on."""
    while (pid := _parent(pid)) > 1:
        yield pid


def _parent(pid: int) -> int:
    """Return the id of the parent, 0 if it is not known."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        found = _ps("ppid=", pid).strip()
        return int(found) if found.isdigit() else 0


def _words(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.fsdecode(file.read().rstrip(b"\0").replace(b"\0", b" "))
    except OSError:
        return _ps("args=", pid).strip()


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def _ps(column: str, pid: int) -> str:
    """Ask `ps` where there is no `/proc`."""
    if os.path.isdir("/proc/self"):
        return ""
    import subprocess

    try:
        return subprocess.run(["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True).stdout
    except OSError:
        return ""
