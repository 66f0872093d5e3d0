"""Terminal: a worker that reads from it (a debugger, a prompt) gets it for itself; Ctrl-C and Ctrl-Z keep their meaning.

A worker heads a process group of its own and so is in the terminal's background: reading stops it with SIGTTIN (termios(3)). The supervisor, its parent, hears of
that, gives it the terminal and lets it go on. Nothing of the application is replaced, and what waits for a key is never killed by a reload.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

WANTING = tuple(number for name in ("SIGTTIN", "SIGTTOU") if (number := getattr(signal, name, None)))


class Terminal:
    """The terminal that the supervisor was started in, if it is one and in its foreground."""

    def __init__(self) -> None:
        self.own = os.getpgrp() if hasattr(os, "getpgrp") else 0
        self.owner = 0  # the group that has it, 0 for our own
        self.number = -1
        if not hasattr(os, "tcgetpgrp"):
            return
        with suppress(OSError):
            number = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
            if os.tcgetpgrp(number) == self.own:
                self.number = number
            else:
                os.close(number)

    def lend(self, group: int) -> bool:
        """Give it to a group, unless another one has it."""
        if self.number < 0 or self.owner not in (0, group) or not self._set(group):
            return False
        self.owner = group
        return True

    def take_back(self, group: int) -> None:
        """Take it from a group that has ended."""
        if self.owner == group and group:
            self.owner = 0
            self._set(self.own)

    def _set(self, group: int) -> bool:
        before = signal.pthread_sigmask(
            signal.SIG_BLOCK, [signal.SIGTTOU]
        )  # what asks from the background is stopped
        try:
            os.tcsetpgrp(self.number, group)
        except OSError:
            return False
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return True
