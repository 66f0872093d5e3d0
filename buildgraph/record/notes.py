"""Notes: what is told of single tasks, one file for each, in `marshal`'s format that all Pythons share. Nothing is decided by them."""

from __future__ import annotations

import marshal
import os
from contextlib import suppress

from buildgraph.fields import Value
from buildgraph.files import write_bytes
from buildgraph.layout import file_name_of
from buildgraph.record.table import FORMAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Notes(Value):
    """A folder of notes of one kind, in a version of their form."""

    folder: str
    version: int

    def keep(self, task: str, *values: Any) -> None:
        """Write a task's note, of what `marshal` takes; a disk that does not take it costs nothing but the answer."""
        with suppress(OSError):
            write_bytes(self._path(task), marshal.dumps((self.version, task, *values), FORMAT))

    def read(self, task: str) -> list | None:
        """Return the values of a task's note, None if there is none or it is of another version."""
        try:
            with open(self._path(task), "rb") as file:
                version, name, *values = marshal.load(file)  # noqa: S302 (our own)
        except (OSError, ValueError, TypeError, EOFError):
            return None
        return values if (version, name) == (self.version, task) else None

    def drop(self, task: str) -> None:
        """Remove a task's note."""
        with suppress(OSError):
            os.unlink(self._path(task))

    def _path(self, task: str) -> str:
        return f"{self.folder}/{file_name_of(task)}"
