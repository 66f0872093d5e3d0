"""Forks: what workers are forked from: zygotes with the installed modules of a good boot, and copies parked on the way to the application.

Which copy is worth something is `copies`' to say; here they are kept, heard and let go.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable

from buildgraph.act.processes import signal_group

from . import copies as copying
from . import preload, processes, system
from .channel import Channel
from .digests import Delta
from .loop import Loop
from .paths import identity
from .processes import Copy, Warden, Worker, Zygote
from .reads import state
from .served import Served

SPENT_SECONDS = 1.0  # after a save: a process that ends costs the processor as much as a few imports
POISONED_MOST = 8  # zygotes that had to be given up in a row


class Forks:
    """The zygotes and the parked copies of one supervisor."""

    def __init__(
        self, loop: Loop, served: Served, socket_number: int, warden: Warden, say: Callable[[str], None]
    ) -> None:
        self.loop = loop
        self.served = served
        self.socket_number = socket_number
        self.warden = warden
        self.say = say
        self.zygotes: list[Zygote] = []
        self.copies: list[Copy] = []
        self.spent: list[Copy] = []  # worth nothing any more, and about to end
        self.left_out: dict[str, str] = {}  # module → why it is not preloaded
        self.edited: tuple[str, ...] = ()  # modules, the latest last
        self.boot_seconds = 0.0  # of processor time, from a zygote on
        self.is_ending = False

    @property
    def pids(self) -> list[int]:
        return [each.pid for each in (*self.zygotes, *self.copies, *self.spent)]

    # Forking

    def source(self) -> Zygote | Copy:
        """Return what gets a worker furthest, and make room for the copies that are wanted next."""
        self._drop_outdated()
        source = copying.latest(self.copies) or self._zygote()
        for copy in copying.crowding(self.edited, self.copies):
            if copy is not source:
                self.drop(copy)
        return source

    def wanted(self, source: Zygote | Copy) -> dict:
        """Return what a new worker is told about the copies that it is to park."""
        plan = copying.plan(self.edited, self.copies)
        return {
            "points": plan.points,
            "spacing": self.boot_seconds / (copying.MOST + 1),
            "copies": plan.count if isinstance(source, Copy) or source.preloaded else 0,
        }

    def has(self, source: Zygote | Copy) -> bool:
        """Tell whether a process can still be forked from."""
        return source in self.zygotes or source in self.copies

    def note_boot(self, worker: Worker) -> None:
        """Learn what a whole boot takes: half of a cold one is a guess, until there is a warm one."""
        if isinstance(worker.source, Zygote):
            self.boot_seconds = (1.0 if worker.source.preloaded else 0.5) * worker.cpu_seconds

    # Zygotes

    def _zygote(self) -> Zygote:
        warm = [zygote for zygote in self.zygotes if zygote.is_warm and zygote.preloaded]
        plain = [zygote for zygote in self.zygotes if not zygote.preloaded]
        found = warm[-1:] or plain[-1:]
        return found[0] if found else self._start_zygote()

    def _start_zygote(self, names: tuple[str, ...] = ()) -> Zygote:
        task = self.served.task(is_zygote=True, preload=names)
        pid, channel = processes.start(task, self.socket_number, python=self.served.python)
        zygote = Zygote(channel, pid, preloaded=names, is_warm=False, folder=identity(self.served.root))
        self.zygotes.append(zygote)
        self.warden.guard(pid)
        self.loop.on_readable(channel, lambda: self._hear_zygote(zygote))
        return zygote

    def _hear_zygote(self, zygote: Zygote) -> None:
        for message in zygote.channel.receive():
            if message["is"] == "warm":
                self._warmed(zygote, message)
            elif message["is"] == "poisoned":
                self._poisoned(zygote, message)
        if not zygote.channel.is_open:
            self._forget(zygote)

    def _warmed(self, zygote: Zygote, message: dict) -> None:
        zygote.is_warm, zygote.count, zygote.failed = True, message["count"], message["failed"]
        zygote.files = {path: state(path) for path in message["origins"]}
        if zygote.preloaded:
            for other in [each for each in self.zygotes if each is not zygote]:
                self._retire(other)

    def _poisoned(self, zygote: Zygote, message: dict) -> None:
        """Warm another one without the module that cannot be preloaded."""
        self.left_out[message["name"]] = message["why"]
        self._retire(zygote)
        if len(self.left_out) <= POISONED_MOST and not self.is_ending:
            self._start_zygote(tuple(preload.without(zygote.preloaded, self.left_out)))

    def warm(self, installed: list[str], late: dict[str, str]) -> None:
        """Have a zygote with the installed modules of a good boot, unless there is one."""
        if not self.served.can_fork or len(self.left_out) > POISONED_MOST:
            return
        self.left_out.update(late)
        names = preload.without(installed, self.left_out)
        had = {name for zygote in self.zygotes for name in zygote.preloaded}
        missing = [name for name in names if name not in had]
        if len(missing) > len(names) // 20:
            self._start_zygote(tuple(names))

    def _retire(self, zygote: Zygote) -> None:
        """Let it end, and with it the copies that come from it; it forks first what it was still asked for."""
        for copy in [copy for copy in self.copies if copy.zygote is zygote]:
            self.drop(copy)
        if self.is_ending:
            signal_group(zygote.pid, signal.SIGKILL)
        self._forget(zygote)

    # Copies

    def park(self, worker: Worker, message: dict) -> None:
        """Take in a copy that a worker has left on its way."""
        sock = socket.socket(fileno=message["files"][0])
        sock.setblocking(False)
        source = worker.source
        zygote = source.zygote if isinstance(source, Copy) else source
        copy = Copy(
            Channel(sock),
            point=message["point"],
            reads=dict(worker.reads),
            written=frozenset(worker.written),
            listed=frozenset(worker.listed),
            order=tuple(worker.order),
            zygote=zygote,
        )
        if worker.is_killed or self.is_ending or zygote not in self.zygotes:
            copy.channel.close()
            return
        for same in [each for each in self.copies if each.point == copy.point]:
            self.drop(same)
        self.copies.append(copy)
        self.loop.on_readable(copy.channel, lambda: self._hear_copy(copy))

    def _hear_copy(self, copy: Copy) -> None:
        for message in copy.channel.receive():
            copy.pid = message["pid"]
        if not copy.channel.is_open:
            self._forget(copy)

    def drop(self, copy: Copy) -> None:
        """Let a parked copy end."""
        self._forget(copy)

    def bound(self) -> None:
        """Let the copies end that are too many or take too much memory."""
        sizes = {copy.pid: system.memory_bytes(copy.pid) for copy in self.copies if copy.pid}
        for copy in copying.beyond(self.copies, sizes):
            self.drop(copy)

    # What happened to files

    def invalidate(self, delta: Delta) -> None:
        """Fork from the copies that are worth nothing any more no longer; they end when the application has started again."""
        invalid = copying.invalid(self.copies, delta)
        self.copies = [copy for copy in self.copies if copy not in invalid]
        self.spent += invalid
        self.loop.at("spent", SPENT_SECONDS, self._end_spent)

    def _end_spent(self) -> None:
        for copy in list(self.spent):
            self.drop(copy)

    def _drop_outdated(self) -> None:
        """Drop what was made from installed files that are not the same any more, or from others that changed unheard."""
        for zygote in [each for each in self.zygotes if each.folder != identity(self.served.root)]:
            self._retire(zygote)  # it runs in a folder that has gone
        for zygote in [each for each in self.zygotes if each.is_warm]:
            if any(state(path) != found for path, found in zygote.files.items()):
                self.say("installed packages have changed: they are imported anew")
                self._retire(zygote)
        for copy in list(self.copies):
            if any(state(path) != found for path, found in copy.reads.items() if path not in copy.written):
                self.drop(copy)

    def shadow(self, delta: Delta) -> None:
        """Retire zygotes with a module that the application has now one of its own of, in whichever folder."""
        names = {
            part.split(".")[0]
            for path in delta.appeared
            for part in os.path.relpath(path, self.served.root).split(os.sep)
        }
        for zygote in list(self.zygotes):
            if not names.isdisjoint(zygote.preloaded):
                self._retire(zygote)

    # Ending

    def renounce(self) -> None:
        """Let the next worker be forked from nothing that there is now."""
        for zygote in list(self.zygotes):
            self._retire(zygote)

    def ended(self, pid: int) -> None:
        """Take in that a process has ended, if it is one of these; a zygote's last words may come after the news of its end."""
        for zygote in [each for each in self.zygotes if each.pid == pid]:
            self._hear_zygote(zygote)
        ours: list[Zygote | Copy] = [*self.zygotes, *self.copies, *self.spent]
        for each in [each for each in ours if each.pid == pid]:
            self._forget(each)

    def end(self) -> None:
        """Let all end."""
        self.is_ending = True
        self._end_spent()
        for copy in list(self.copies):
            self.drop(copy)
        self.renounce()

    def _forget(self, process: Zygote | Copy) -> None:
        if isinstance(process, Zygote) and process in self.zygotes:
            self.zygotes.remove(process)
            self.warden.release(process.pid)
        elif isinstance(process, Copy):
            for kept in (self.copies, self.spent):
                if process in kept:
                    kept.remove(process)
        self.loop.forget(process.channel)
        process.channel.close()
