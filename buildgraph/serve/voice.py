"""Voice: what the supervisor says, at once where that is possible. Where nobody reads it (a pipe that is full, a terminal that is held), or it is much, a thread
waits and nothing else does.
"""

from __future__ import annotations

import os
import queue
import select
import sys
import threading
import time
from contextlib import suppress

MOST_WAITING = 1000  # texts; later ones are not said
AT_ONCE_BYTES = 512  # what a pipe that can be written to takes without waiting (POSIX, PIPE_BUF)
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
            number = stream.fileno()
            if not self._waiting.unfinished_tasks and len(line) <= AT_ONCE_BYTES and _takes(number):
                line = line[os.write(number, line) :]
            if line:
                self._waiting.put_nowait((number, line))

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


def _takes(number: int) -> bool:
    """Tell whether a descriptor can be written to without waiting."""
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return bool(poll.poll(0))
