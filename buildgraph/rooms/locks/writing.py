"""Writing: what the command line says, handed to what writes the locks; only that is imported then."""

from argparse import Namespace

from buildgraph.rules.word import from_word

from . import Locks, Trial, compiling
from .status import Status


def compile_locks(locks: Locks, status: Status, given: Namespace) -> None:
    """Bring the locks up to date."""
    compiling.compile_locks(locks, status, given.rewrite)


def adopt(locks: Locks, status: Status, given: Namespace) -> None:
    """Take over the pins of files that another tool wrote."""
    from . import adopting

    adopting.adopt(locks, status, given.names, given.moving)


def upgrade(locks: Locks, status: Status, given: Namespace) -> None:
    """Pick newer versions, and test them if asked."""
    from .change import Request, upgrade_locks

    trial = from_word(Trial, given.trial) if given.trial else None
    seconds = float(given.timeout) if given.timeout else None
    request = Request(tuple(given.names), given.days, given.test, trial, seconds, given.hold)
    upgrade_locks(locks, status, request)
