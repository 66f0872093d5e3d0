"""Refusals that are remembered: who asks again for what took long in vain is told so at once, and takes no place from others."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.errors import NotShown

HELD_SECONDS = {422: 600.0, 502: 10.0, 504: 10.0}  # by status: a file stays as it is, an index may come back
MOST = 10_000  # files
MOST_AT_ONCE = 4  # of all that is asked about one file; what one costs is not at the cost of all others
BUSY = "Too many pages of this file are asked for at once. Try again later."


class Refusals:
    """What was refused lately, and how many are asking now, by files, each called by its digest and name."""

    def __init__(self) -> None:
        self._refused: dict[str, tuple[float, int, str]] = {}  # until when, the status, the reason
        self._asking: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def watched(self, file: str) -> Iterator[None]:
        """Raise NotShown for one that was refused lately or is asked for too often; remember what the block refuses."""
        self.check(file)
        with self._lock:
            if self._asking.get(file, 0) >= MOST_AT_ONCE:
                raise NotShown(503, BUSY)
            self._asking[file] = self._asking.get(file, 0) + 1
        try:
            yield
        except NotShown as error:
            self._remember(file, error)
            raise
        finally:
            with self._lock:
                self._asking[file] -= 1
                if not self._asking[file]:
                    del self._asking[file]

    def check(self, file: str) -> None:
        """Raise NotShown for one that was refused lately, as by another thread while this one waited."""
        with self._lock:
            until, status, reason = self._refused.get(file, (0.0, 0, ""))
        if time.monotonic() < until:
            raise NotShown(status, reason)

    def _remember(self, file: str, error: NotShown) -> None:
        if error.status in HELD_SECONDS:
            with self._lock:
                self._refused.pop(file, None)
                until = time.monotonic() + HELD_SECONDS[error.status]
                self._refused[file] = (until, error.status, error.reason)
                while len(self._refused) > MOST:
                    del self._refused[next(iter(self._refused))]
