"""Asking: a question on the terminal before what cannot be undone; without a terminal none is asked."""

from __future__ import annotations

import sys


def agrees(question: str) -> bool:
    """Ask for "y" or "n" and tell whether it is "y"; True if there is no terminal."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        print()
        return False
    return answer.strip().lower() in ("y", "yes")
