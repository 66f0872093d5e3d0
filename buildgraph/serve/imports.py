"""Imports: a finder before Python's own for files, which tells what is imported, from whose file, and when a copy may be parked.

It finds what `PathFinder` finds. Bytecode that need not be of its source is deleted first (`buildgraph/act/bytecode.py`).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from buildgraph.act.bytecode import Finder as Distrusting

from .paths import is_application, is_installed
from .reads import Reads


class Finder:
    """Finds modules of files; `before` is called with the name of a module that is looked up, `found` with those of the application."""

    def __init__(
        self, reads: Reads, before: Callable[[str], None], found: Callable[[str, str], None]
    ) -> None:
        self.reads = reads
        self.before = before
        self.found = found
        self.order: list[str] = []  # the application's modules as they were looked up
        self.has_installed = False  # whether installed modules were found here, not preloaded
        self.environment: dict | None = (
            None  # what the environment was before the application could change it
        )
        self.late: dict[str, str] = {}  # installed modules that the application has prepared something for

    def install(self) -> None:
        """Be asked where Python would look for files."""
        sys.meta_path.insert(sys.meta_path.index(PathFinder), self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's specification (PEP 451)."""
        if threading.current_thread() is threading.main_thread():
            self.before(name)
        spec = Distrusting.find_spec(name, path, target)
        if spec is None or not spec.has_location or not spec.origin:
            return spec
        self.reads.note(spec.origin)
        if is_installed(spec.origin):
            self._note_installed(name)
        elif is_application(spec.origin):
            self.order.append(name)
            self.found(name, spec.origin)
        return spec

    def _note_installed(self, name: str) -> None:
        self.has_installed = True
        if self.environment is not None and name not in self.late and self.environment != dict(os.environ):
            self.late[name] = "the application changes the environment before it imports it"


def forget_absences() -> None:
    """Have folders of the application listed anew: the process that this one was forked from may have done that long ago."""
    for path, finder in list(sys.path_importer_cache.items()):
        if finder is None:
            del sys.path_importer_cache[path]
        elif is_application(path + os.sep) and hasattr(finder, "invalidate_caches"):
            finder.invalidate_caches()
