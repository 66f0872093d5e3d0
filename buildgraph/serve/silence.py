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
        self._streams: list[Any] = []  # whose bytes are asked for here first

    def set(self, is_on: bool) -> None:
        """Be silent, or not any more."""
        self.is_on = is_on
        if not is_on:
            return
        for stream in (sys.stdout, sys.stderr):
            bytes_of = getattr(stream, "buffer", None)
            if bytes_of is not None and not any(bytes_of is each for each in self._streams):
                with contextlib.suppress(
                    AttributeError
                ):  # a stream of the application's own may take nothing
                    bytes_of.write = self._unless_on(bytes_of.write)
                    self._streams.append(bytes_of)

    def _unless_on(self, write: Any) -> Any:
        """Return a `write` that stays: the application may have put one of its own before it."""
        return lambda data: memoryview(data).nbytes if self.is_on else write(data)
