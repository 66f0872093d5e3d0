"""Stamps: what `stat` tells of a file, cheap evidence that its content is what it was.

A stamp is (mtime_ns, ctime_ns, size, inode); for a link, that of the link and that of what it leads to. Equal
stamps mean equal content only if the stamp was *settled* when the content was read: a file written again
within the same tick of the file system's clock keeps its stamp (git calls such index entries racy). Where a
stamp is unsettled the content is read.
"""

from __future__ import annotations

import os
import stat
from operator import attrgetter

Stamp = tuple[int, ...]

TICK_NS = 20_000_000
"""The coarsest tick of a kernel clock that stamps files: 10 ms at 100 Hz (Linux CONFIG_HZ), doubled."""
COARSE_TICK_NS = 2_000_000_000
"""FAT keeps two seconds, HFS+ and ext3 one: taken for every time that is a whole second."""

NOWHERE = (0, 0, 0, 0)
"""Stands for what a link leads to that leads nowhere: a target that appears must change the stamp."""


stamp_of = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino")
"""Returns the stamp of one `stat` result."""


def take(path: str) -> tuple[Stamp, int] | None:
    """Return stamp and mode of what is at `path`, or None if nothing is there.

    For a link the stamp has eight numbers, the last four are zeros if it leads nowhere, and the mode is the link's.
    """
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISLNK(status.st_mode):
        return stamp_of(status), status.st_mode
    try:
        behind = stamp_of(os.stat(path))
    except OSError:
        behind = NOWHERE
    return stamp_of(status) + behind, status.st_mode


def is_settled(stamp: Stamp, now_ns: int) -> bool:
    """True if a write after `now_ns` (the file system's clock) must change the stamp."""
    for start in range(0, len(stamp), 4):
        modified, changed = stamp[start], stamp[start + 1]
        tick = COARSE_TICK_NS if changed % 1_000_000_000 == 0 else TICK_NS
        # A modification time is whatever its owner sets; on Windows, where ctime is the creation, it is all there is.
        if (changed if os.name != "nt" else max(modified, changed)) + tick >= now_ns:
            return False
    return True
