"""Folders: what names a folder holds, as short evidence that it still holds the same.

Standard library only: this is also read before the engine is imported.
"""

import os
from zlib import adler32, crc32

NOT_LISTED = frozenset(("__pycache__", ".buildgraph"))
"""Names that come and go without anybody's meaning it."""


def fingerprint(text):
    """Return a short stand-in for a text, None for None."""
    if text is None:
        return None
    data = text.encode("utf-8", "surrogateescape")
    return (len(data), crc32(data), adler32(data))


def stamp(status):
    """Return what `stat` says of a folder that changes when a name comes, goes or changes."""
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def listing(folder):
    """Return a folder's stamp and its names' fingerprint, None if there is no such folder.

    The names carry what is a folder and what is a link, since a pattern treats them differently.
    """
    try:
        status = os.stat(folder or ".")
        with os.scandir(folder or ".") as entries:
            names = [marked(entry) for entry in entries if entry.name not in NOT_LISTED]
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (stamp(status), fingerprint("\0".join(sorted(names))))


def is_as(folder, before):
    """Tell by its stamp whether a folder's listing is that of before; no folder is as no folder."""
    try:
        now = stamp(os.stat(folder or "."))
    except OSError:
        return before is None
    return before is not None and now == before[0]


def is_folder(entry):
    """Tell whether an entry of `scandir` is a folder or a link that leads to one."""
    try:
        return entry.is_dir()
    except OSError:  # A link to itself.
        return False


def marked(entry):
    """Return an entry's name and, after a slash, which no name has, what else it is: a link, a folder."""
    return entry.name + ("/@" if entry.is_symlink() else "") + ("/" if is_folder(entry) else "")
