"""Tracing: which files of a checkout a command really read and wrote, as strace tells it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field

CALLS = "open,openat,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
OPENED = re.compile(r"\b(?:open|openat|creat)\((.*)\) = \d+<(.+?)(?:\(deleted\))?>$")
MOVED = re.compile(r"\b(rename|link|symlink)(?:at2?)?\((.*)\) = 0$")
TEXT = re.compile(r'(?:AT_FDCWD<([^>]*)>, |\d+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")


@dataclass
class Touched:
    """Paths relative to the checkout."""

    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)


def program() -> str | None:
    """Return strace's path, None where there is none."""
    return shutil.which("strace")


def prefix(strace: str, log: str) -> list[str]:
    """Return the words that make a command write its file calls, those of its children too, to `log`."""
    return [strace, "-f", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-o", log, "--"]


def parse(lines: Iterable[str], root: str) -> Touched:
    """Return what was touched below `root`."""
    found = Touched()
    for line in lines:
        opened = OPENED.search(line.rstrip("\n"))
        if opened:
            path = _inside(opened[2], root)
            if path and "O_DIRECTORY" not in opened[1]:
                is_written = "creat(" in line or any(flag in opened[1] for flag in WRITES)
                (found.written if is_written else found.read).add(path)
            continue
        moved = MOVED.search(line.rstrip("\n"))
        if moved:
            texts = TEXT.findall(moved[2])
            if texts:
                folder, other, name = texts[-1]
                path = _inside(os.path.normpath(os.path.join(folder or other or root, name)), root)
                if path:
                    found.written.add(path)
    return found


def _inside(path: str, root: str) -> str:
    return path[len(root) + 1 :] if path.startswith(root + "/") else ""
