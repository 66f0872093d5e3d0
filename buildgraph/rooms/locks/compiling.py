"""Compiling: locks brought up to date, with a resolution only if an input moved."""

from . import Locks
from .locked import files_of, pins_of, refuse_edited, write
from .status import Status

SHOWN = 3
"""How many reasons to resolve are told."""


def compile_locks(locks: Locks, status: Status, rewrite: bool) -> None:
    """Resolve if an input moved, derive what is out of date, and touch nothing else."""
    if not rewrite:
        refuse_edited(locks, status)
    derived = dict(status.derived)
    if status.moved:
        from .resolve import resolve

        more = f"; and {len(status.moved) - SHOWN} more" if len(status.moved) > SHOWN else ""
        print("resolving: " + "; ".join(status.moved[:SHOWN]) + more)
        resolution = resolve(locks, status.sources, pins_of(status))
        derived = files_of(locks, status, resolution, status.header)
    written = write(derived)
    print(f"wrote {', '.join(written)}" if written else "nothing to resolve, nothing to write")
