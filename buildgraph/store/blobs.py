"""Blobs: contents of outputs, each named by its SHA-256 and compared with it whenever it is taken.

They are copied in both directions and never linked, so that an edited output cannot damage the store. Where the file system can, a copy
shares its blocks until one of the two is changed (`copy_file_range`). What is digested of a large one is the copy: what was written is what was verified.
"""

from __future__ import annotations

import errno
import os
import stat
import time

from buildgraph.observe import digests
from buildgraph.store.place import BLOBS, CREATE, OPEN, Place, remove

CHUNK_BYTES = 1 << 20
STRANGE = (errno.ELOOP, errno.EMLINK, errno.ENXIO)
"""What opening a link or a socket says."""
MODE = 0o777
"""Of a mode, what is kept: no program gets another user's rights by way of the store."""
USED_SECONDS = 600.0
"""A file that is used is marked as used if its last mark is older."""


class Damaged(Exception):
    """What lies at a blob's place is not that blob."""


def keep(place: Place, path: str, digest: str) -> tuple[int, int] | None:
    """Keep the content of a file and return its size and mode; None if it is not a file with this digest, and then nothing is kept."""
    source = os.open(path, OPEN)
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode):
            return None
        found = status.st_size, status.st_mode & MODE
        if _is_there(place, digest, status.st_size):
            return found
        place.note(status.st_size)
        new = place.new()
        try:
            if not _is_copied(source, status.st_size, new, digest):
                return None
            place.put(new, BLOBS, digest)
        finally:
            remove(new)
    finally:
        os.close(source)
    return found


def take(place: Place, digest: str, size_bytes: int, path: str, mode: int) -> None:
    """Write a blob to a new file; raise FileNotFoundError if it is not here, and Damaged, with nothing of it left, if it is another."""
    kept = place.path(BLOBS, digest)
    try:
        blob = os.open(kept, OPEN)
    except OSError as error:
        if error.errno not in STRANGE:
            raise
        remove(kept)
        raise Damaged(kept) from None
    try:
        status = os.fstat(blob)
        is_file = stat.S_ISREG(status.st_mode) and status.st_size == size_bytes
        if not (is_file and _is_copied(blob, size_bytes, path, digest)):
            remove(path)
            remove(kept)
            raise Damaged(kept)
        if os.name != "nt":
            os.chmod(path, mode)
        use(kept, status)
    finally:
        os.close(blob)


def use(path: str, status: os.stat_result | None = None) -> None:
    """Mark a file of the store as used now."""
    try:
        if (status or os.lstat(path)).st_mtime < time.time() - USED_SECONDS:
            os.utime(path)
    except OSError:  # It can be read, which is enough.
        pass


def _is_there(place: Place, digest: str, size_bytes: int) -> bool:
    path = place.path(BLOBS, digest)
    try:
        status = os.lstat(path)
    except OSError:
        return False
    use(path, status)
    return stat.S_ISREG(status.st_mode) and status.st_size == size_bytes


def _is_copied(source: int, size_bytes: int, path: str, digest: str) -> bool:
    """Copy so many bytes to a new file, and tell whether they have the digest; a small content is compared before it is written."""
    data = _read(source, size_bytes) if size_bytes <= CHUNK_BYTES else None
    if data is not None and digests.of_bytes(data) != digest:
        return False
    target = os.open(path, CREATE, 0o600)
    try:
        if data is None:
            _copy(source, target, size_bytes)
        else:
            _write(target, data)
    finally:
        os.close(target)
    return data is not None or digests.of_path(path, stat.S_IFREG) == digest


def _read(source: int, size_bytes: int) -> bytes:
    parts = []
    while size_bytes and (data := os.read(source, size_bytes)):
        parts.append(data)
        size_bytes -= len(data)
    return b"".join(parts)


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


def _copy(source: int, target: int, size_bytes: int) -> None:
    left = size_bytes
    if hasattr(os, "copy_file_range"):
        try:
            while left and (copied := os.copy_file_range(source, target, left)):
                left -= copied
        except OSError:  # Another file system, or one that cannot.
            os.lseek(source, size_bytes - left, os.SEEK_SET)
            os.lseek(target, size_bytes - left, os.SEEK_SET)
    while left and (data := os.read(source, min(left, CHUNK_BYTES))):
        left -= len(data)
        _write(target, data)
