"""Voice: what the supervisor says, in a thread of its own: where nobody reads it (a pipe that is full, a terminal that is held), it waits and nothing else does."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from contextlib import suppress

MOST_WAITING = 1000  # texts; later ones are not said
LAST_SECONDS = 0.3  # for what is still to be said at the end
POLL_SECONDS = 0.005


class Voice:
    """Says one text after the other."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[int, bytes]] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, text: str, is_error: bool = True) -> None:
        """Say a line, soon."""
        stream = sys.stderr if is_error else sys.stdout
        with suppress(AttributeError, OSError, ValueError, queue.Full):  # there may be no such stream
            line = f"{text}\n".encode(stream.encoding or "utf-8", "backslashreplace")
            self._waiting.put_nowait((stream.fileno(), line))

    def close(self) -> None:
        """Wait a moment until all is said."""
        deadline = time.monotonic() + LAST_SECONDS
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _run(self) -> None:
        while True:
            number, data = self._waiting.get()
            with suppress(OSError):
                while (
                    data
                ):  # not by the stream: its lock would be held while nobody reads, and needed at the end
                    data = data[os.write(number, data) :]
            self._waiting.task_done()
