"""Passing: what a command that has the terminal is doing until it says something, in a line that then goes; nothing elsewhere."""

from __future__ import annotations

import os
import sys

ERASED = "\r\x1b[K"
"""The start of the line, and all of it erased (ECMA-48, EL)."""


def show(text: str) -> None:
    """Say what is being done, over what was said to be done before it."""
    _write(f"{ERASED}{text} …")


def clear() -> None:
    """Take the line away, since something is about to be said."""
    _write(ERASED)


def _write(text: str) -> None:
    stream = sys.stderr
    if stream is not None and stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb"):
        stream.write(text)
        stream.flush()
