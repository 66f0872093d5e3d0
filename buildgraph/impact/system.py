"""System: the functions by which the plugin itself asks for files and the time, as they were before a test could replace them.

A test may patch `open`, `os.stat` or the clock. What is asked for while it does so is a fact of the real system. They are attributes of one value, since a fake file system
(pyfakefs) replaces functions that it finds by name in modules.
"""

from __future__ import annotations

import builtins
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """Functions of the standard library, by their names there."""

    open: Callable = builtins.open
    stat: Callable = os.stat
    lstat: Callable = os.lstat
    scandir: Callable = os.scandir
    readlink: Callable = os.readlink
    realpath: Callable = os.path.realpath
    getcwd: Callable = os.getcwd
    time_ns: Callable = time.time_ns
    sha256: Callable = hashlib.sha256

    def absolute(self, path: str) -> str:
        """Return a path from the root, as `os.path.abspath` does."""
        return os.path.normpath(path if os.path.isabs(path) else os.path.join(self.getcwd(), path))


SYSTEM = System()
