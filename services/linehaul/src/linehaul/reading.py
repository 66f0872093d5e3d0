"""Reading: a file of a log, from where it was read to before. Another file may have its name by now, so a file is known by its first line.

Only whole lines are read: one that is being written counts the next time.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from linehaul.counting import downloads
from linehaul.store import Progress, Store

BATCH_BYTES = 4 << 20
LONGEST_LINE = 64 << 10


def read(path: Path, store: Store, prefix: str) -> tuple[int, int]:
    """Count what is new in a file; return how many lines it had, and how many downloads they were."""
    lines = counted = 0
    with path.open("rb") as file:
        first = file.readline(LONGEST_LINE)
        if not first.endswith(b"\n"):
            return 0, 0
        source = hashlib.sha256(first).hexdigest()
        start = store.place(source)
        for batch, end in _batches(file, start):
            found = downloads((line.decode("utf-8", "replace") for line in batch), prefix)
            store.add(found, Progress(source, start, end))
            lines, counted, start = lines + len(batch), counted + found.total(), end
    return lines, counted


def _batches(file: IO[bytes], start: int) -> Iterator[tuple[list[bytes], int]]:
    """Yield whole lines, and where they end."""
    file.seek(start)
    rest = b""
    while data := file.read(BATCH_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            start += sum(len(line) + 1 for line in lines)
            yield lines, start
        elif len(rest) > LONGEST_LINE:  # not a log: what has no ends of lines is not kept in memory
            return
