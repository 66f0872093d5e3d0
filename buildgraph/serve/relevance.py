"""Relevance: whether what happened to files is a reason to start the application again. It decides and does nothing."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from .digests import Delta
from .paths import MODULE_ENDS, PAGE_ENDS, STYLE_ENDS


@dataclass(frozen=True)
class Boot:
    """What a worker has read or looked for, and the folders that it has listed."""

    reads: Collection[str] = ()
    listed: Collection[str] = ()
    is_complete: bool = False  # whether that is all, since it serves
    written: Collection[str] = ()  # by the worker itself: its data


def reasons(delta: Delta, boot: Boot) -> list[str]:
    """Return the files that the application was started from and that are not the same any more; none is a reason to let it run."""
    return sorted(path for path in delta.all if _is_reason(path, delta, boot))


def _is_reason(path: str, delta: Delta, boot: Boot) -> bool:
    if path in boot.reads:
        return True
    if path in boot.written:
        return False
    is_module = path.endswith(MODULE_ENDS)
    if path in delta.changed:  # what was not read so far will be read as it is now
        return is_module and not boot.is_complete
    return is_module or os.path.dirname(path) in boot.listed


def styles(delta: Delta) -> list[str]:
    """Return the style sheets among what changed."""
    return sorted(path for path in delta.all if path.endswith(STYLE_ENDS))


def pages(delta: Delta) -> list[str]:
    """Return what pages are made of, which the application reads with each request."""
    return sorted(path for path in delta.all if path.endswith(PAGE_ENDS))
