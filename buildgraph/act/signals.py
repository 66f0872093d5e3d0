"""Signals that ask a run to end, handed to one function while it lasts.

A signal that was ignored when this process started stays ignored, by it and by what it starts: `nohup` and a shell
that starts background jobs say so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # what `signal` gives enumerations to, whose import costs a tenth of an edit

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""SIGHUP is a closed terminal; Windows does not have it."""


def signal_name(number: int) -> str:
    """Return the name of a signal, its number for one that has none."""
    from signal import Signals  # Most commands end by themselves.

    try:
        return Signals(number).name
    except ValueError:
        return str(number)


class Handled:
    """While it is entered, signals that ask us to end call a function instead; threads other than the main one get none."""

    def __init__(self, call: Callable[[int], None]) -> None:
        self.call = call
        self.before: dict = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for name in ENDING:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                    self.before[number] = signal.signal(number, lambda number, _frame: self.call(number))

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
