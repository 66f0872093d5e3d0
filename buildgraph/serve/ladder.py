"""Ladder: copies of a worker in the middle of its imports, which a process parks by fork that goes the same way once more.

A copy waits, as a zygote does, right before one module is looked up. It is worth as long as no file that was read before has changed and none has appeared or
vanished; then a new worker may be forked from it instead of importing all that again. Which copies are worth something is the supervisor's to
say; here is decided where to make one: before the modules that it names (those edited last), and else at even distances.

The worker makes none, since forks would cost it as much as some modules: it notes where it has been, and a climber is forked from what it was forked from itself,
goes there again behind it, parks the copies and ends at the last one.

After something that a copy would share or not have, or that would not be done again (a thread, a connection, a process, a timer, a file that is written or
kept open, seeded random numbers, a question at the terminal), there are no more copies: what was the case at the moment of a cold start would not be the case in them. A climber does not get there.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Callable

from . import system
from .channel import Channel
from .forking import wait_to_be_forked
from .reads import Reads

LEAST_SPACING_SECONDS = 0.005  # of processor time
MOST = 8  # copies in one boot
TIMERS = tuple(getattr(signal, name) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF") if hasattr(signal, name))  # fmt: skip
NO_TIMER = (0.0, 0.0)  # a fork has none (fork(2))


class Ladder:
    """The copies of one boot."""

    def __init__(
        self,
        reads: Reads,
        parked: Callable[[str, socket.socket], None],
        resumed: Callable[[Channel, dict], None],
        supervisor: int,
    ) -> None:
        self.reads = reads
        self.parked = parked
        self.resumed = resumed
        self.supervisor = supervisor
        self.is_open = self.is_climbing = False
        self._is_inside = False
        self.why, self.at = "no copies are kept", ""
        self.points: frozenset[str] = frozenset()
        self.passed: list[str] = []  # where copies may be parked
        self.connections: set[str] | None = None
        self.memory: set[str] = set()
        self.random: tuple = ()

    def begin(self, message: dict) -> None:
        """Take the plan of a new worker or climber: the modules that a copy is wanted before, and how many in all."""
        self.is_open = bool(message.get("copies"))
        self.is_climbing = message.get("is_climbing", False)
        self.reads.affected = self._give_up if self.is_climbing else lambda: None
        self.passed = []
        self.points = frozenset(message.get("points", ()))
        self.left = min(message.get("copies", 0), MOST)
        self.spacing = max(message.get("spacing", 0.0), LEAST_SPACING_SECONDS)
        self.last = time.process_time()
        self.connections = None
        self.random = random.getstate()

    def _give_up(self) -> None:
        """End a climber that has come by another way than the worker to something that cannot be undone, before it happens."""
        system.EXIT(0)

    def end(self, why: str, at: str) -> None:
        """Make no more copies."""
        if self.is_open:
            self.is_open, self.why, self.at = False, why, at

    def before(self, name: str) -> None:
        """Note that a copy is wanted before a module is looked up, or park it; what this itself imports is nothing to park before."""
        if self.is_open and not self._is_inside:
            self._is_inside = True
            try:
                self._consider(name)
            except Exception as error:
                # What the application has made of sockets or forks must not make it fail.
                self.end(f"no copy can be made: {type(error).__name__}", name)
            finally:
                self._is_inside = False
        if self.is_climbing and not (self.is_open and self.points):
            system.EXIT(0)  # all are parked, or none can be

    def _consider(self, name: str) -> None:
        if self.connections is None:
            self.connections, self.memory = system.connections(), system.shared_memory()
        if name not in self.points and not self._is_far():
            return
        obstacle = self.obstacle()
        if obstacle or self.left <= 0:
            self.end(obstacle or "enough copies are kept", name)
        else:
            self.left -= 1
            self.points -= {name}
            if self.is_climbing:
                self.park(name)
            else:
                self.passed.append(name)
            self.last = time.process_time()

    def _is_far(self) -> bool:
        """Tell whether there may be a copy here that nobody has named: some way from the last one, and not in the place of a named one."""
        is_left = not self.is_climbing and self.left > len(self.points)
        return is_left and time.process_time() - self.last >= self.spacing

    def obstacle(self) -> str:
        """Return why a copy would not be the same as a process that has just come here, "" if it is."""
        if self.reads.effect:
            return self.reads.effect
        if system.threads() > 1:
            return "it starts a thread"
        if system.connections() - (self.connections or set()):
            return "it opens a connection, or keeps a file open"
        if system.shared_memory() - self.memory:
            return "it has memory or locks that processes share"
        if signal.getsignal(signal.SIGCHLD) != signal.SIG_DFL:
            return "it handles the ends of processes"
        if any(signal.getitimer(each) != NO_TIMER for each in TIMERS):
            return "it sets a timer"
        if random.getstate() != self.random:
            return "it uses random numbers"  # a fork seeds them anew, a cold start does not
        return "it starts a process" if system.children() else ""

    def park(self, name: str) -> None:
        """Fork a copy; in it, return only as a new worker."""
        ours, theirs = socket.socketpair()
        self.reads.pause()
        if system.fork_away(self.supervisor):
            try:
                theirs.close()
                self.wait(Channel(ours), name)
            except BaseException:
                system.EXIT(1)
            return
        ours.close()
        self.reads.begin()
        self.parked(name, theirs)
        theirs.close()

    def wait(self, channel: Channel, name: str) -> None:
        """Be parked; return in a worker that was forked from here."""
        channel.send({"is": "waiting", "pid": os.getpid()})
        channel, message = wait_to_be_forked(channel, self.supervisor)
        self.resumed(channel, message)
