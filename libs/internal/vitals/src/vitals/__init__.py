"""Vitals of a service: its logs as JSON lines, two pages that say how it is, and one sentence if it cannot start."""

from vitals.health import Check, watched
from vitals.logs import begin

__all__ = ["Check", "Misconfigured", "begin", "watched"]


class Misconfigured(SystemExit):
    """End the process with a sentence about a setting that is missing or wrong, and what to do about it."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what}. {hint}")
