"""The limits of a quarantine: what a question may cost, and how many are asked at a time."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Where a limit is exceeded, the process ends, and the question has no answer."""

    cpu_seconds: float = 1.0  # and more for what is large in itself: `ask(more_seconds=…)`
    wall_seconds: float = 30.0  # a busy machine may give it a tenth of a core
    memory_bytes: int = 1024 * 1024 * 1024
    answer_characters: int = 16 * 1024 * 1024
    children: int = 2  # processes
    admitted: int = 8  # questions at a time, with those that wait: a web process has more threads than that


LIMITS = Limits()
