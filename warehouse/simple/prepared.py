"""Prepared: the list of all projects, drawn and compressed once for each state of the index, which its last serial names.

The serial is asked before the list, so what is kept may be newer than its serial and is never older.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

LEVEL = 6  # of gzip; 9 takes three times as long for a hundredth


@dataclass(frozen=True)
class Page:
    """The list in one media type."""

    serial: int
    body: bytes

    @cached_property
    def compressed(self) -> bytes:
        """The body as gzip has it, the same bytes for the same list."""
        return gzip.compress(self.body, LEVEL, mtime=0)

    @cached_property
    def digest(self) -> str:
        """What tells the list from another one."""
        return hashlib.sha256(self.body).hexdigest()
