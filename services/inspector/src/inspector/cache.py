"""The cache: files by digest, of which those that were used last stay, up to a size. One that is in use is never removed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inspector.folders import check_ours


@dataclass
class _Entry:
    users: int = 0
    size_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)  # held by the one that fetches


class Cache:
    """A folder of files; many threads may ask for the same one, which is fetched once."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._entries: dict[str, _Entry] = {}  # the one that was used last is the last
        self._lock = threading.Lock()

    @contextmanager
    def lent(self, digest: str, fetch: Callable[[Path], object]) -> Iterator[Path]:
        """Lend the file of a digest; `fetch` writes it to a path, or raises."""
        path = self._folder / digest
        with self._lock:
            entry = self._entries.pop(digest) if digest in self._entries else _Entry()
            self._entries[digest] = entry
            entry.users += 1
        try:
            with entry.lock:
                check_ours(self._folder)
                if not path.exists():
                    self._fetch(path, fetch)
                entry.size_bytes = path.stat().st_size
            yield path
        finally:
            with self._lock:
                entry.users -= 1
                self._shrink()

    def _fetch(self, path: Path, fetch: Callable[[Path], object]) -> None:
        coming = path.with_suffix(".coming")
        try:
            fetch(coming)
            coming.rename(path)
        finally:
            coming.unlink(missing_ok=True)

    def _shrink(self) -> None:
        size = sum(entry.size_bytes for entry in self._entries.values())
        for digest, entry in list(self._entries.items()):
            if not entry.users and (size > self._most_bytes or not entry.size_bytes):
                (self._folder / digest).unlink(missing_ok=True)
                size -= entry.size_bytes
                del self._entries[digest]
