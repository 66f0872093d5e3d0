"""A pseudo-terminal of a width, in which the engine runs and answers are typed."""

from __future__ import annotations

import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping

from tests.terminal import read_to_the_end

ROOT = pathlib.Path(__file__).parents[2]


def on_a_terminal(
    checkout, *argv: str, columns: int = 80, typed: str = "", environ: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run the engine on a terminal, type an answer, and return its exit code and what the terminal was sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-m", "buildgraph", *argv],
        cwd=checkout.folder,
        env={**inherited, "PYTHONPATH": os.fspath(ROOT), "TERM": "xterm", **(environ or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    said = read_to_the_end(ours)
    return process.wait(60), said.decode().replace("\r\n", "\n")
