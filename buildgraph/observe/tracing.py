"""Tracing: which files of a checkout a command really read and wrote.

Where strace is installed, it tells of all processes. Elsewhere Python tells of itself, through an audit hook (PEP 578)
that `hook/sitecustomize.py` adds to each Python that the command starts; other programs are not seen.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

CALLS = "open,openat,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
OPENED = re.compile(r"\b(?:open|openat|creat)\((.*)\) = \d+<(.+?)(?:\(deleted\))?>$")
MOVED = re.compile(r"\b(rename|link|symlink)(?:at2?)?\((.*)\) = 0$")
TEXT = re.compile(r'(?:AT_FDCWD<([^>]*)>, |\d+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
HOOK = os.path.join(os.path.dirname(__file__), "hook")
WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")


@dataclass
class Touched:
    """Paths relative to the checkout."""

    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)


class Strace:
    """Traces every process of a command."""

    kind = "strace"

    def __init__(self, program: str, log: str) -> None:
        self.program = program
        self.log = log

    def words(self, words: Sequence[str]) -> list[str]:
        """Return the words that run a command and write its file calls, those of its children too, to the log."""
        traced = ["-f", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-o", self.log, "--"]
        return [self.program, *traced, *words]

    def environment(self) -> dict[str, str]:
        """Return what the command's environment needs."""
        return {}

    def touched(self, root: str) -> Touched | None:
        """Return what the command touched below `root`."""
        with open(self.log, encoding="utf-8", errors="surrogateescape") as file:
            return parse(file, root)


class Hook:
    """Traces the Pythons of a command."""

    kind = "Python's audit hook"

    def __init__(self, log: str) -> None:
        self.log = os.path.abspath(log)

    def words(self, words: Sequence[str]) -> list[str]:
        """Return the words as they are, with an empty log."""
        with suppress(FileNotFoundError):
            os.unlink(self.log)
        return list(words)

    def environment(self) -> dict[str, str]:
        """Return what makes a Python load the hook, and where that writes."""
        return {"PYTHONPATH": HOOK, "BUILDGRAPH_TOUCHED": self.log}

    def touched(self, root: str) -> Touched | None:
        """Return what the Pythons touched below `root`, None if there was no Python."""
        try:
            with open(self.log, encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return None
        found = Touched()
        for line in lines:
            path = _inside(os.path.normpath(line[2:]), root)
            if path:
                (found.written if line[0] == "w" else found.read).add(path)
        return found


def tracer(log: str) -> Strace | Hook:
    """Return the best tracer that this machine has."""
    program = shutil.which("strace")
    return Strace(program, log) if program else Hook(log)


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
