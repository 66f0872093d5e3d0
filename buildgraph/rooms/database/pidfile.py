"""Pid file: what a killed server has left, when its process id belongs to another program by now.

PostgreSQL writes its process id into two files, and does not start while a process of that number runs: it cannot know which program that is, and after a crash
the system gives old numbers to new processes. Who holds the guardian's lock knows that no server of ours should run; what the process is, is asked.
A server that really runs (its guardian was killed where the system tells it nothing) keeps its files.
"""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

PROGRAM = "postgres"
NAME = "postmaster.pid"  # in the data folder


def forget_recycled(paths: Iterable[Path], data: Path) -> None:
    """Delete those of the files whose process is known to be no server of this data folder."""
    for path in paths:
        if _is_another(process_in(path), data):
            path.unlink(missing_ok=True)


def _is_another(process: int, data: Path) -> bool:
    name = program(process)
    if name != PROGRAM:
        return bool(name)
    try:
        return not os.path.samefile(f"/proc/{process}/cwd", data)  # PostgreSQL works in its data folder
    except OSError:
        return False


def program(process: int) -> str:
    """Return the name of the program that a process runs, "" where there is none or it cannot be known."""
    if process <= 0 or os.name == "nt":
        return ""
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        if os.path.isdir("/proc/self"):
            return ""
    asked = ["ps", "-p", str(process), "-o", "comm="]  # macOS has no /proc
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
    return Path(said).name


def process_in(path: Path) -> int:
    """Return the process id in a file's first line; PostgreSQL writes it negative for a server of one session."""
    try:
        return abs(int(path.read_text(encoding="utf-8", errors="replace").splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return 0
