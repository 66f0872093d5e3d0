"""Place: the store's folder, the user's alone, in which files are whole or not there.

`store/1/KIND/ab/abcd…`: the names are digests, and the number is that of this layout. A file is written in `new/` and renamed, so that
a process that dies leaves at most a file there. Nothing is written through a link, and of what is read only regular files are opened.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from buildgraph.errors import BuildError

LAYOUT = "1"
BLOBS, ENTRIES, CHOICES = KINDS = ("blobs", "entries", "choices")
NEW = "new"
SIZE = "size"
READ_BYTES = 32 << 20
"""An entry is never so large."""
OPEN = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""How what lies in the store is opened: a pipe there must not be waited for."""
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Place:
    """The folder of one layout."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._has_new = False

    @classmethod
    def open(cls, cache: str) -> Place:
        """Return the store in a user's cache; raise OSError if it cannot be made and BuildError if it is not the user's alone."""
        os.makedirs(cache, exist_ok=True)
        folder = cache
        for name in ("store", LAYOUT):
            folder = os.path.join(folder, name)
            _make(folder)
            _refuse_others(folder)
        for name in (*KINDS, NEW):
            if os.path.islink(os.path.join(folder, name)):
                raise BuildError(f"'{os.path.join(folder, name)}' is a link", "", "Remove it.")
        return cls(folder)

    def path(self, kind: str, name: str) -> str:
        """Return where a file is, whether it is there or not."""
        return os.path.join(self.folder, kind, name[:2], name)

    def new(self) -> str:
        """Return a name for a new file that will be moved to its path."""
        folder = os.path.join(self.folder, NEW)
        if not self._has_new:
            _make(folder)
            self._has_new = True
        return os.path.join(folder, os.urandom(12).hex())

    def put(self, new: str, kind: str, name: str) -> None:
        """Move a finished file to its path."""
        path = self.path(kind, name)
        folder = os.path.dirname(path)
        if os.path.islink(folder):
            raise NotADirectoryError(errno.ENOTDIR, "a link is in its place", folder)
        try:
            os.replace(new, path)
        except OSError:
            _make(os.path.dirname(folder))
            _make(folder)
            remove(path)  # It may be a folder.
            os.replace(new, path)

    def write(self, kind: str, name: str, content: bytes) -> None:
        """Write a small file."""
        new = self.new()
        try:
            with open(os.open(new, CREATE, 0o600), "wb") as file:
                file.write(content)
            self.put(new, kind, name)
        except BaseException:
            remove(new)
            raise

    def read(self, kind: str, name: str) -> bytes | None:
        """Return what a small file holds, None if it is not there or not a file."""
        return read(self.path(kind, name))

    def note(self, size_bytes: int) -> None:
        """Note that so much is about to be written: one line, appended, so that nothing is counted anew after each run."""
        file = os.open(os.path.join(self.folder, SIZE), os.O_WRONLY | os.O_CREAT | os.O_APPEND | OPEN, 0o600)
        try:
            os.write(file, b"%d\n" % size_bytes)
        finally:
            os.close(file)


def read(path: str) -> bytes | None:
    """Return what a small file holds, None if it is not there or not a file."""
    try:
        file = os.open(path, OPEN)
    except OSError:
        return None
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > READ_BYTES:
            return None
        with open(file, "rb", closefd=False) as content:
            return content.read(READ_BYTES)
    except OSError:
        return None
    finally:
        os.close(file)


def remove(path: str) -> None:
    """Remove a file, whatever it is; a folder only if it is empty."""
    with suppress(OSError):
        os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


def _make(folder: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)


def _refuse_others(folder: str) -> None:
    """Raise if a folder is not the user's own: what others can write there would be taken for results."""
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise BuildError(f"'{folder}' is not a folder", "", "Remove it.")
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise BuildError(f"'{folder}' belongs to somebody else", "", "Remove it, or set XDG_CACHE_HOME.")
    if os.name != "nt" and status.st_mode & 0o022:
        raise BuildError(
            f"'{folder}' can be written by others", "", f"Remove it, or run 'chmod 700 {folder}'."
        )
