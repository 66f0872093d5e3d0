"""Watching (`--watch`): after each save run what it affects, until interrupted.

Each run is a pytest of its own, with the same arguments, so that it has the code as it is. After one that passed it does not start if it would run nothing. A run that
goes on while something is saved is followed by another one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from watchfiles import Change, watch

from .certificate import ask
from .paths import NOISE

OPTION = "--watch"
BELL = "\a"
ENDED = (0, 5)
"""Exit codes of pytest that are not failures: passed, and no test collected."""


def follow(root: str, folder: str, words: Sequence[str]) -> int:
    """Run pytest, and again after each save below the root; return the last exit code once interrupted."""
    words = [word for word in words if word != OPTION]
    code = 0
    try:
        code = _run(words, code)
        for _ in watch(root, watch_filter=_is_source(root), raise_interrupt=True):
            if code not in ENDED or not ask(root, folder, words, os.environ).is_nothing:
                code = _run(words, code)
    except KeyboardInterrupt:
        return code
    return code


def _run(words: Sequence[str], before: int) -> int:
    process = subprocess.Popen([sys.executable, "-m", "pytest", *words])
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait()  # it was typed for both, and pytest has something to say
        raise
    is_mended = before not in ENDED and code in ENDED
    print(f"{BELL if is_mended else ''}waiting for a save; Ctrl-C ends", flush=True)
    return code


def _is_source(root: str) -> Callable[[Change, str], bool]:
    def tell(_: Change, path: str) -> bool:
        return NOISE.isdisjoint(os.path.relpath(path, root).split(os.sep))

    return tell
