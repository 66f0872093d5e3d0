"""Places: what a path is to a project: its own, an installed package's, or nobody's business; and its name in a store.

A file of the project is named relative to its root, so that a store means the same in another checkout.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile

SITE = "<site>"
"""Stands for the folders of installed packages."""
NOISE = frozenset((
    "__pycache__", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache", ".git", ".hg", ".svn", ".impact", ".buildgraph",
    ".tox", ".nox", "node_modules", ".nodeenv", ".doit.db", ".DS_Store",
))  # fmt: skip
"""Names that tools make beside the sources: no listing shows them, no file below them is a fact."""
UNREAL = ("/proc/", "/dev/", "/sys/")
INSTALLED = ("site-packages", "dist-packages")


class Places:
    """The places of one project."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._prefix = self.root + os.sep
        self._temporary = os.path.realpath(tempfile.gettempdir()) + os.sep
        paths = sysconfig.get_paths()
        prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, paths["stdlib"], paths["platstdlib"])
        self._pythons = tuple(
            real + os.sep for real in {os.path.realpath(each) for each in prefixes} if real != self.root
        )
        self._folders: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def key(self, path: str) -> str:
        """Return the name of a path in the store; nothing if what lies there is no fact."""
        known = self._keys.get(path)
        if known is None:
            known = self._key(self.real(path))
            if os.path.isabs(path):  # Another one means something else after a change of folder.
                self._keys[path] = known
        return known

    def _key(self, real: str) -> str:
        if real == self.root:
            return "."
        if real.startswith(self._prefix):
            key = real[len(self._prefix) :].replace(os.sep, "/")
            parts = key.split("/")
            if NOISE.intersection(parts) or self.is_installed(real):
                return ""
            return "" if parts[-1].startswith(".coverage") or parts[-1].endswith(".pyc") else key
        if self.is_installed(real) or real.startswith((self._temporary, *UNREAL)) or real == os.devnull:
            return ""
        return real.replace(os.sep, "/")

    def is_project(self, key: str) -> bool:
        """Tell whether a key names something of the project."""
        return bool(key) and not os.path.isabs(key)

    def is_installed(self, real: str) -> bool:
        """Tell whether a real path belongs to Python or to an installed package."""
        return real.startswith(self._pythons) or any(f"{os.sep}{each}" in real for each in INSTALLED)

    def path(self, key: str) -> str:
        """Return the path that a key names in this checkout."""
        return key if os.path.isabs(key) else os.path.join(self.root, key)

    def real(self, path: str) -> str:
        """Return the path with a real folder; its last part may be a link."""
        folder, name = os.path.split(os.path.abspath(path))
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.join(real, name) if name else real
