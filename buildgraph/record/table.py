"""The table of known files: path → [*stamp, digest], marshalled folder by folder, since a run looks at few of them."""

from __future__ import annotations

import marshal
from collections.abc import Mapping

FORMAT = 2
"""The format of `marshal` that all Pythons share."""


class Table:
    """Entries by path; those of a folder are read when one of them is asked for."""

    def __init__(self, packed: Mapping[str, bytes] | None = None) -> None:
        self._packed = dict(packed or {})
        self._read: dict[str, dict[str, list]] = {}

    def get(self, path: str) -> list | None:
        """Return a path's entry, None if it has none."""
        return self._folder(path).get(path)

    def update(self, entries: Mapping[str, list]) -> None:
        """Enter what is known of some paths."""
        for path, entry in entries.items():
            self._folder(path)[path] = entry

    def packed(self) -> dict[str, bytes]:
        """Return folder → its entries, marshalled."""
        return self._packed | {folder: marshal.dumps(found, FORMAT) for folder, found in self._read.items()}

    def clear(self) -> None:
        """Forget all paths."""
        self._packed.clear()
        self._read.clear()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self._all() == other._all()

    __hash__ = None  # type: ignore[assignment] # it changes

    def _folder(self, path: str) -> dict[str, list]:
        folder = path.rpartition("/")[0]
        found = self._read.get(folder)
        if found is None:
            packed = self._packed.get(folder)
            found = self._read[folder] = {} if packed is None else marshal.loads(packed)  # noqa: S302 (our own, checksummed)
        return found

    def _all(self) -> dict[str, list]:
        for folder in self._packed:
            self._folder(folder + "/")
        return {path: entry for found in self._read.values() for path, entry in found.items()}
