"""Deaths: after how long a worker that has died is started again: at once the first time, later after pauses."""

from __future__ import annotations

from collections import deque

PAUSES_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0)
AGAIN_SECONDS = 10.0  # deaths that are closer are "again"


class Deaths:
    """The deaths that are not long ago."""

    def __init__(self) -> None:
        self.times: deque[float] = deque(maxlen=len(PAUSES_SECONDS) + 1)

    def add(self, now: float) -> bool:
        """Count one; return whether it is the first."""
        while self.times and now - self.times[0] > AGAIN_SECONDS:
            self.times.popleft()
        self.times.append(now)
        return len(self.times) == 1

    def pause(self) -> float:
        """Return how long to wait, in seconds, after a death that is not the first."""
        return PAUSES_SECONDS[min(len(self.times) - 2, len(PAUSES_SECONDS) - 1)]

    def clear(self) -> None:
        """Forget them: something else is started."""
        self.times.clear()
