"""Silence: a climber says nothing on the console, since the worker has said it; what is forked from its copies does again.

The streams stay what they are (a terminal, for who asks), only their bytes go nowhere.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any


class Silence:
    """Whether this process is heard."""

    def __init__(self) -> None:
        self.is_on = False
        self.streams: list[Any] = []

    def set(self, is_on: bool) -> None:
        """Be silent, or not any more."""
        if is_on == self.is_on:
            return
        self.is_on = is_on
        if is_on:
            self.streams = [stream.buffer for stream in (sys.stdout, sys.stderr) if hasattr(stream, "buffer")]
        for stream in self.streams:
            with contextlib.suppress(AttributeError):
                if is_on:
                    stream.write = self._unless_on(stream.write)
                else:
                    del stream.write

    def _unless_on(self, write: Any) -> Any:
        """Return a `write` that the application may keep: it writes in a worker."""
        return lambda data: memoryview(data).nbytes if self.is_on else write(data)
