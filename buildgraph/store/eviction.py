"""Eviction: what was used longest ago goes when the store is larger than its limit.

How large it is stands in lines that are appended as it grows; only when their sum is beyond the limit is everything looked at. Blobs and
entries go by the same measure, when they were used last. An entry whose blob has gone is found to be one when it is asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from buildgraph.locking import FileLock
from buildgraph.store.place import KINDS, NEW, SIZE, Place, read, remove

LIMIT_BYTES = 2 << 30
KEPT_SHARE = 0.8
"""So much of the limit is left, so that the next look is far away."""
MOST_LINES_BYTES = 1 << 20
"""When the lines themselves are so long, they are counted anew."""
STALE_SECONDS = 24 * 3600.0
"""An unfinished file of a process that was killed is so old."""


def make_room(place: Place) -> None:
    """Remove what was used longest ago, if there is more than the limit, and what killed processes have left."""
    _sweep(place)
    if _noted_bytes(place) <= LIMIT_BYTES:
        return
    lock = FileLock(Path(place.folder, "lock"))
    if not lock.try_acquire():  # Another run is about it.
        return
    try:
        _evict(place)
    finally:
        lock.release()


def _evict(place: Place) -> None:
    found = sorted(_files(place))
    total = sum(size for _, size, _ in found)
    for _, size_bytes, path in found if total > LIMIT_BYTES else ():
        if total <= LIMIT_BYTES * KEPT_SHARE:
            break
        remove(path)
        total -= size_bytes
    new = place.new()
    try:
        Path(new).write_text(f"{total}\n", encoding="ascii")
        os.replace(new, os.path.join(place.folder, SIZE))
    finally:
        remove(new)


def _noted_bytes(place: Place) -> int:
    """Return how large the store is by what was noted; beyond any limit if that cannot be read."""
    lines = read(os.path.join(place.folder, SIZE)) or b"?"
    with suppress(ValueError):
        if len(lines) <= MOST_LINES_BYTES:
            return sum(map(int, lines.split()))
    return LIMIT_BYTES + 1


def _files(place: Place) -> Iterator[tuple[float, int, str]]:
    """Yield when each file was used last, its size and its path."""
    for kind in KINDS:
        for shard in _entries(os.path.join(place.folder, kind)):
            if not shard.is_dir(follow_symlinks=False):
                continue
            for entry in _entries(shard.path):
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    yield status.st_mtime, status.st_size, entry.path


def _sweep(place: Place) -> None:
    for entry in _entries(os.path.join(place.folder, NEW)):
        with suppress(OSError):
            if time.time() - entry.stat(follow_symlinks=False).st_mtime > STALE_SECONDS:
                remove(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
