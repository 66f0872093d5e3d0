"""A checkout whose rules are lines of shell: `S("cp a $1", "b")` runs the line with the words after it as $1, $2, …"""

from __future__ import annotations

import os
import subprocess
import textwrap

HEAD = "from pathlib import Path\nfrom buildgraph import check, glob, rule, service\nS = lambda line, *words: ['./sh', line, *words]\n"


def shelled(checkout, text: str):
    """Give the checkout its `dodo.py` and the script that runs a line."""
    checkout.write("sh", '#!/bin/sh\nline=$1; shift; eval "$line"\n').chmod(0o755)
    checkout.write("dodo.py", HEAD + textwrap.dedent(text))
    return checkout


def git(checkout, *words: str, folder: str = ".", **environ: str) -> str:
    """Run git in the checkout as somebody without settings, and return what it printed."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    return subprocess.run(
        ["git", *who, *words],
        cwd=checkout.folder / folder,
        env={**nobody, **environ},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
