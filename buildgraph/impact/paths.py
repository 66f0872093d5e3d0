"""Paths: what a path is to a project: its own, an installed package's, or none that counts; and its name in a store.

A file of the project is named relative to its root, so that a store means the same in another checkout.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import sysconfig
import tempfile

from .system import SYSTEM

SITE = "<site>"
"""Stands for the folders of installed packages."""
NOISE = frozenset((
    "__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache", ".git", ".hg", ".svn", ".impact", ".buildgraph",
    ".tox", ".nox", "node_modules", ".nodeenv", ".doit.db", ".DS_Store",
))  # fmt: skip
"""Names that tools make next to the sources: no listing shows them."""
UNCOUNTED = frozenset(("__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache", ".impact", ".buildgraph", ".doit.db", ".DS_Store"))  # fmt: skip
"""Those of them that are caches: no file below one is a fact, however it is opened."""
NO_LINK = "no link"
UNREAL = ("/proc/", "/dev/", "/sys/")
INSTALLED = ("site-packages", "dist-packages")


class Paths:
    """The paths of one project."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._prefix = self.root + os.sep
        self._temporary = os.path.realpath(tempfile.gettempdir()) + os.sep
        paths = sysconfig.get_paths()
        prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, paths["stdlib"], paths["platstdlib"])
        pythons = {os.path.realpath(each) + os.sep for each in prefixes}
        self._pythons = tuple(each for each in pythons if not self._prefix.startswith(each))
        self._folders: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self.links: dict[str, str] = {}  # folders of the project that are links, and where they lead

    def key(self, path: str) -> str:
        """Return the name of a path in the store; nothing if what lies there is not a fact."""
        known = self._keys.get(path)
        if known is None:
            real = self.real(path)
            known = self._key(real)
            if not known and real.startswith(self._temporary) and _is_link(real):
                known = self._key(SYSTEM.realpath(real))
            if os.path.isabs(path):  # Another one means something else after a change of folder.
                self._keys[path] = known
        return known

    def _key(self, real: str) -> str:
        if real == self.root:
            return "."
        if real.startswith(self._prefix):
            key = real[len(self._prefix) :].replace(os.sep, "/")
            parts = key.split("/")
            if UNCOUNTED.intersection(parts) or self.is_installed(real):
                return ""
            is_measured = parts[-1] == ".coverage" or parts[-1].startswith(".coverage.")
            return "" if is_measured or parts[-1].endswith(".pyc") else key
        if self.is_installed(real) or real.startswith((self._temporary, *UNREAL)) or real == os.devnull:
            return ""
        return real.replace(os.sep, "/")

    def is_project(self, key: str) -> bool:
        """Tell whether a key names something of the project."""
        return bool(key) and not os.path.isabs(key)

    def is_installed(self, real: str) -> bool:
        """Tell whether a real path belongs to Python or to an installed package."""
        if real.startswith(self._pythons):
            return True
        inside = real[len(self._prefix) - 1 :] if real.startswith(self._prefix) else real
        return any(f"{os.sep}{each}{os.sep}" in f"{inside}{os.sep}" for each in INSTALLED)

    def path(self, key: str) -> str:
        """Return the path that a key names in this checkout."""
        return key if os.path.isabs(key) else os.path.join(self.root, key)

    def real(self, path: str) -> str:
        """Return the path with a real folder; its last part may be a link."""
        folder, name = os.path.split(SYSTEM.absolute(path))
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = SYSTEM.realpath(folder)
            if real != folder:
                self._follow(folder)
        return os.path.join(real, name) if name else real

    def link(self, key: str) -> str:
        """Return where a link leads."""
        with contextlib.suppress(OSError, ValueError):
            return SYSTEM.readlink(self.path(key))
        return NO_LINK

    def _follow(self, folder: str) -> None:
        """Remember the links on the way to a folder: led elsewhere, the same paths would be other files."""
        above, name = os.path.split(folder)
        if not name:
            return
        self._follow(above)
        path = os.path.join(SYSTEM.realpath(above), name)
        key = self._key(path)
        if self.is_project(key) and key not in self.links and _is_link(path):
            self.links[key] = self.link(key)
            self._follow(os.path.normpath(os.path.join(os.path.dirname(path), self.links[key])))

    def forget(self) -> None:
        """Look anew where paths lead: a link was made."""
        self._folders.clear()
        self._keys.clear()


def _is_link(path: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return stat.S_ISLNK(SYSTEM.lstat(path).st_mode)
    return False
