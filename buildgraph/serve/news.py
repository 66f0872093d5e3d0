"""News: what happened, for the pages that are open (server-sent events, WHATWG HTML, 9.2)."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator

BEAT_SECONDS = 10.0  # a connection whose reader has gone is noticed by writing to it
MOST_READERS = 64
MOST_WAITING = 100
END = None


class News:
    """Those who listen, and the first thing that each is told: how things are."""

    def __init__(self, now: Callable[[], dict]) -> None:
        self.now = now
        self._told: dict[str, float] = {}  # when each kind was told last
        self._readers: list[queue.Queue] = []  # the oldest first
        self._lock = threading.Lock()

    def tell(self, kind: str, **data: object) -> None:
        """Tell all who listen, with the time (`time.monotonic`), which who listens later learns as well."""
        now = time.monotonic()
        with self._lock:
            self._told[kind] = now
            readers = list(self._readers)
        for reader in readers:
            if reader.qsize() < MOST_WAITING:
                reader.put_nowait({"kind": kind, "at": now, **data})

    def listen(self) -> Iterator[bytes]:
        """Yield events for one reader until it goes."""
        reader: queue.Queue = queue.Queue()
        with self._lock:
            self._readers.append(reader)
            told = dict(self._told)
            over = self._readers.pop(0) if len(self._readers) > MOST_READERS else None
        if over is not None:  # it may have gone long ago; a page that is there listens again
            over.put_nowait(END)
        try:
            yield event({"kind": "now", "told": told, **self.now()})
            while True:
                try:
                    told = reader.get(timeout=BEAT_SECONDS)
                except queue.Empty:
                    yield b":\n\n"
                    continue
                if told is END:
                    return
                yield event(told)
        finally:
            with self._lock:
                if reader in self._readers:
                    self._readers.remove(reader)


def event(data: dict) -> bytes:
    """Return one event; its data is one line, since JSON has none within texts."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"
