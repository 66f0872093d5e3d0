"""Loop: one thread that waits for descriptors, signals, points in time and calls from other threads, and does one thing after the other."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import HasFileno

LONGEST_SECONDS = 5.0
MISTAKE_SECONDS = 0.1  # so that one that is repeated does not take the whole processor


class Loop:
    """What is waited for, and what is called then."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.calls: deque[Callable[[], object]] = deque()
        self.times: dict[object, tuple[float, Callable[[], None]]] = {}
        self.is_over = False
        self._woken, self._wake = socket.socketpair()
        for each in (self._woken, self._wake):
            each.setblocking(False)
        self.selector.register(self._woken, selectors.EVENT_READ, None)

    def on_readable(self, source: HasFileno, call: Callable[[], None]) -> None:
        """Call it whenever something can be read."""
        self.selector.register(source, selectors.EVENT_READ, call)

    def forget(self, source: HasFileno) -> None:
        with suppress(KeyError, ValueError):
            self.selector.unregister(source)

    def at(self, name: object, seconds: float, call: Callable[[], None]) -> None:
        """Call it once after some seconds; a later time of the same name replaces this one."""
        self.times[name] = (time.monotonic() + seconds, call)

    def cancel(self, name: object) -> None:
        self.times.pop(name, None)

    def call(self, call: Callable[[], object]) -> None:
        """Call it soon; from any thread."""
        self.calls.append(call)
        with suppress(OSError):
            self._wake.send(b"\0")

    def _signalled(self, call: Callable[[], object], number: int, frame: FrameType | None) -> None:
        self.call(call)

    def on_signals(self, numbers: dict[int, Callable[[], None]]) -> Callable[[], None]:
        """Call these for signals, outside of their handlers; return what puts back how it was before."""
        before = {}
        if hasattr(signal, "pthread_sigmask"):  # who starts us may have held them back
            signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        for number, call in numbers.items():
            if signal.getsignal(number) != signal.SIG_IGN or number == getattr(signal, "SIGCHLD", None):
                before[number] = signal.signal(number, partial(self._signalled, call))
        fd = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)

        def restore() -> None:
            signal.set_wakeup_fd(fd)
            for number, handler in before.items():
                signal.signal(number, handler)

        return restore

    def run(self) -> None:
        """Do what comes until it is over; a mistake of ours is shown and ends nothing."""
        while not self.is_over:
            try:
                self.run_once()
            except Exception:
                with suppress(OSError, ValueError):
                    traceback.print_exc()
                time.sleep(MISTAKE_SECONDS)

    def run_once(self) -> None:
        """Wait, and do what has come."""
        for key, _ in self.selector.select(self._seconds()):
            if key.data is None:
                with suppress(OSError):
                    while os.read(self._woken.fileno(), 4096):
                        pass
            else:
                key.data()
        while self.calls:
            self.calls.popleft()()
        self._due()

    def _seconds(self) -> float:
        if self.calls:
            return 0
        soonest = min((when for when, _ in self.times.values()), default=time.monotonic() + LONGEST_SECONDS)
        return max(0.0, min(soonest - time.monotonic(), LONGEST_SECONDS))

    def _due(self) -> None:
        now = time.monotonic()
        for name, (when, call) in list(self.times.items()):
            if when <= now and self.times.get(name) == (when, call):
                del self.times[name]
                call()
