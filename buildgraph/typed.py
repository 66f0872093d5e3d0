"""Typed: a command line of doit as a person can paste it where this one was typed.

`doit` is named where a shell finds one: any of them continues in the tools environment (`bootstrap.py`). Elsewhere it is
`python3 dodo.py`, which needs nothing, with the way from the folder in which the shell is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from buildgraph.layout import DODO


def typed(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the command line that starts doit with these words."""
    import shlex
    import shutil

    if shutil.which("doit", path=environ.get("PATH", "")):
        return shlex.join(["doit", *words])
    return shlex.join(["python" if os.name == "nt" else "python3", _dodo(environ.get("PWD", "")), *words])


def _dodo(folder: str) -> str:
    """Return the path of `dodo.py`, seen from the shell's folder if that is in the checkout."""
    root = os.getcwd()
    here = os.path.realpath(folder) if os.path.isabs(folder) else root
    is_within = here.startswith(os.path.realpath(root) + os.sep)
    return os.path.relpath(os.path.join(os.path.realpath(root), DODO), here) if is_within else DODO
