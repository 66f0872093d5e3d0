"""Real paths: where a folder of the checkout really is, if links lead there.

Two spellings of one file through a link are one file: a task that makes `real/a` makes `alias/a`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable


class RealPaths:
    """What is known of folders' links; each folder is looked at once."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}
        """Folder → its real place, for those that have another one."""
        self._plain: set[str] = {""}

    def enter(self, folders: Iterable[str]) -> dict[str, str]:
        """Look at folders and return those of them that are elsewhere."""
        for folder in folders:
            self.folder(folder)
        return self.links

    def folder(self, folder: str) -> str:
        """Return the real place of a folder, "" for the top; one that is not there is where its name says."""
        if folder in self._plain:
            return folder
        if folder in self.links:
            return self.links[folder]
        above, _, name = folder.rpartition("/")
        place = real = _joined(self.folder(above), name)
        try:
            if stat.S_ISLNK(os.lstat(place).st_mode):
                real = _inside(os.path.realpath(place))
        except OSError:
            real = place
        if real == folder:
            self._plain.add(folder)
        else:
            self.links[folder] = real
        return real

    def path(self, path: str) -> str:
        """Return the path of a file in its folder's real place; where the file itself leads is not asked."""
        folder, _, name = path.rpartition("/")
        return _joined(self.folder(folder), name)


def real(path: str) -> str:
    """Return the path of the file that a path leads to."""
    return _inside(os.path.realpath(path))


def _inside(path: str) -> str:
    """Return a real path relative to the checkout, "" for the checkout itself."""
    try:
        found = os.path.relpath(path, os.path.realpath(".")).replace(os.sep, "/")
    except ValueError:  # On another drive of Windows.
        return path
    return "" if found == "." else found


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
