"""Remembered answers: for a while, and within a size; what was asked for longest ago goes first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

Value = TypeVar("Value")


class Remembered:
    """Answers by question; each has a weight, and all together have a greatest one."""

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.most = most
        self.clock = clock
        self.weight = 0
        self.kept: OrderedDict[Hashable, tuple[float, int, object]] = OrderedDict()
        self.lock = threading.Lock()

    def of(self, key: Hashable, ask: Callable[[], Value], weigh: Callable[[Value], int]) -> Value:
        """Return what is remembered, or ask; what raises is not remembered."""
        with self.lock:
            if key in self.kept and self.kept[key][0] > self.clock():
                self.kept.move_to_end(key)
                return self.kept[key][2]  # type: ignore[return-value] # a key has answers of one type
        answer = ask()
        with self.lock:
            self._forget(key)
            self.kept[key] = (self.clock() + self.seconds, weigh(answer), answer)
            self.weight += self.kept[key][1]
            while self.weight > self.most:
                self._forget(next(iter(self.kept)))
        return answer

    def _forget(self, key: Hashable) -> None:
        if key in self.kept:
            self.weight -= self.kept.pop(key)[1]
