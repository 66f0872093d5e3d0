"""Audit: from time to time a cold start is made alongside the running application and compared with it, since no reasoning about copies replaces looking.

The cold process imports the application, says what its modules hold, and ends without serving. What differs is told, and the zygote and the copies that
may be to blame are given up. A second cold start tells apart what differs each time.
"""

from __future__ import annotations

from collections.abc import Callable

from . import console
from .crew import Crew
from .fingerprint import Fingerprint, differing
from .processes import Process

EVERY = 50  # starts by fork
SHOWN = 5


class Audit:
    """The comparison that is going on, if any."""

    def __init__(
        self, crew: Crew, say: Callable[[str], None], look: Callable[[], object], every: int
    ) -> None:
        self.crew = crew
        self.say = say
        self.look = look  # at all files: what was saved and not heard of yet gives the comparison up
        self.every = every
        self.number = 0  # of the worker that is compared
        self.expected: Fingerprint = {}
        self.first: Fingerprint | None = None
        self.passed = self.failed = 0

    def is_due(self, number: int) -> bool:
        """Tell whether a worker is to say what its modules hold."""
        return bool(self.every) and self.crew.served.can_fork and number % self.every == 0

    def begin(self, number: int, found: Fingerprint) -> None:
        """Compare a worker that has just started."""
        self.number, self.expected, self.first = number, found, None
        self.crew.start_audit(self.take)

    def cancel(self) -> None:
        """Give it up: the files are others now."""
        self.number = 0
        self.crew.end_audits()

    def take(self, _: Process, message: dict) -> None:
        """Take what a cold process says."""
        if not self.number or message["is"] != "fingerprint":
            return
        self.look()
        if not self.number:
            return
        found, error = message["fingerprint"], message["error"]
        if error:  # what is preloaded may be in place of an import that is missing
            self.number = 0
            self.failed += 1
            self.say(f"a cold start of the same files fails: {console.printable(error)}")
            self.crew.forks.renounce()
            return
        names = differing(self.expected, found)
        if names and self.first is None:
            self.first = found
            self.crew.start_audit(self.take)
            return
        names -= differing(self.first, found) if self.first is not None else set()
        self.number = 0
        if not names:
            self.passed += 1
            return
        self.failed += 1
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        self.say(
            f"a cold start differs in {', '.join(sorted(names)[:SHOWN])}{more}; '--cold' starts every worker that way"
        )
        self.crew.forks.renounce()
