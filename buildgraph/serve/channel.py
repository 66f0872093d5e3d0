"""Channel: messages between the supervisor and its processes, one JSON object a line over a pair of connected sockets.

Descriptors travel with a message (unix(7), SCM_RIGHTS) and arrive not inheritable, so that what the application starts holds none of ours.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

RECEIVED_BYTES = 1 << 16
MOST_FILES = 16
FILES = "files"  # how many descriptors came with a message


class Channel:
    """One end; it is closed once the other end is."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.is_open = True
        self._rest = b""
        self._files: deque[int] = deque()
        self._waiting: deque[dict] = deque()
        self._lock = threading.RLock()

    def fileno(self) -> int:
        return self.sock.fileno()

    def send(self, message: dict, files: Sequence[int] = ()) -> bool:
        """Send a message; False if nobody is there to read it, or does not read."""
        if files:
            message = {**message, FILES: len(files)}
        data = json.dumps(message).encode() + b"\n"
        with self._lock:
            try:
                sent = socket.send_fds(self.sock, [data], files) if files else 0
                self.sock.sendall(data[sent:])
            except OSError:
                return False
        return True

    def receive(self) -> list[dict]:
        """Return the complete messages that have arrived, waiting for some only where the socket blocks."""
        try:
            data, files, _, _ = socket.recv_fds(self.sock, RECEIVED_BYTES, MOST_FILES)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            data, files = b"", []
        for number in files:
            os.set_inheritable(number, False)
        self._files.extend(files)
        self.is_open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [self._with_files(json.loads(line)) for line in lines if line]

    def _with_files(self, message: dict) -> dict:
        count = message.get(FILES, 0)
        return {**message, FILES: [self._files.popleft() for _ in range(count)]} if count else message

    def messages(self) -> Iterator[dict]:
        """Yield messages until the other end is closed; for sockets that block."""
        while self.is_open or self._waiting:
            while self._waiting:
                yield self._waiting.popleft()
            self._waiting.extend(self.receive() if self.is_open else ())

    def close(self) -> None:
        """Close this end, and descriptors that nobody took."""
        self.is_open = False
        while self._files:
            with suppress(OSError):
                os.close(self._files.popleft())
        self.sock.close()


def pair() -> tuple[Channel, socket.socket]:
    """Return our end, which does not block, and the other one for a process of ours."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return Channel(ours), theirs
