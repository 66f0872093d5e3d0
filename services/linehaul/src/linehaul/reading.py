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
COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")  # gzip, bzip2, xz, zstd


class NotRead(Exception):
    """A file of which nothing is read, for this reason."""


def read(path: Path, store: Store, prefix: str) -> tuple[int, int]:
    """Count what is new in a file; return how many lines it had, and how many downloads they were."""
    lines = counted = 0
    with path.open("rb") as file:
        first = file.readline(LONGEST_LINE)
        if first.startswith(COMPRESSED):
            raise NotRead("it is compressed. Unpack it")
        if not first.endswith(b"\n"):
            if len(first) == LONGEST_LINE:
                raise NotRead(f"its first line is longer than {LONGEST_LINE} bytes, so it is not a log")
            return 0, 0
        source = hashlib.sha256(first).hexdigest()
        start = store.place(source)
        if start and not _is_line_end(file, start):
            raise NotRead(
                "another file that begins with the same line was read before. Remove that line here"
            )
        for batch, end in _batches(file, start):
            found = downloads((line.decode("utf-8", "replace") for line in batch), prefix)
            store.add(found, Progress(source, start, end))
            lines, counted, start = lines + len(batch), counted + found.total(), end
    return lines, counted


def _batches(file: IO[bytes], start: int) -> Iterator[tuple[list[bytes], int]]:
    """Yield whole lines, and where they end; one that is too long for a log is not kept in memory, and empty."""
    file.seek(start)
    rest, dropped = b"", 0  # dropped: bytes of a line that has no end yet
    while data := file.read(BATCH_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            start += dropped + sum(len(line) + 1 for line in lines)
            yield [b"" if dropped else lines[0], *lines[1:]], start
            dropped = 0
        if len(rest) > LONGEST_LINE:
            dropped, rest = dropped + len(rest), b""


def _is_line_end(file: IO[bytes], place: int) -> bool:
    file.seek(place - 1)
    return file.read(1) == b"\n"
