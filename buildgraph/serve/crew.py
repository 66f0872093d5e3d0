"""Crew: the processes of a supervisor: it starts and forks them, hears what they say and when they end, and ends them.

It decides nothing about what is served: it calls its `listener`, which asks the table.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from buildgraph.act.processes import signal_group

from . import copies as copying
from . import failures, preload, processes, system
from .channel import Channel, pair
from .digests import Delta
from .loop import Loop
from .places import identity, is_application
from .processes import Copy, Process, Warden, Worker, Zygote
from .reads import state
from .terminal import WANTING, Terminal

GRACE_SECONDS = 3.0  # for requests that a retired worker has accepted
STOP_SECONDS = 0.25  # the same when everything ends
TERM_SECONDS = 0.15  # between asking and killing what a worker leaves behind
DUMP_SECONDS = 0.1
POISONED_MOST = 8  # zygotes that had to be given up in a row


class Listener(Protocol):
    """Who is told."""

    def worker_said(self, worker: Worker, message: dict) -> None: ...
    def worker_ended(self, worker: Worker, code: int) -> None: ...
    def worker_lost(self, worker: Worker) -> None: ...
    def worker_interrupted(self, worker: Worker) -> None: ...
    def other_ended(self, pid: int, code: int) -> None: ...
    def say(self, text: str) -> None: ...


@dataclass(frozen=True)
class Served:
    """What all processes are told."""

    application: str
    server: str
    root: str
    control: str
    is_cold: bool = False  # each worker is a new process
    python: tuple[str, ...] = ()  # the words that start the application's interpreter; without any, this one


@dataclass
class Crew:
    """All processes, by what they are for."""

    loop: Loop
    served: Served
    socket_number: int
    listener: Listener
    warden: Warden = field(default_factory=Warden)
    terminal: Terminal = field(default_factory=Terminal)
    workers: list[Worker] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    zygotes: list[Zygote] = field(default_factory=list)
    audits: list[Process] = field(default_factory=list)
    others: Callable[[], list[int]] = list  # processes that somebody else has started
    is_audit_due: Callable[[int], bool] = lambda _number: False
    left_out: dict[str, str] = field(default_factory=dict)
    edited: tuple[str, ...] = ()
    spawned: int = 0
    whole_boot_seconds: float = 0.0  # of processor time, from the zygote on
    is_ending: bool = False

    # Starting

    @property
    def can_fork(self) -> bool:
        return system.CAN_FORK and not self.served.is_cold

    def task(self, is_zygote: bool, names: Iterable[str] = (), spawn: dict | None = None) -> dict:
        """Return what a new process is told."""
        return {
            "is_zygote": is_zygote,
            "application": self.served.application,
            "server": self.served.server,
            "root": self.served.root,
            "control": self.served.control,
            "preload": list(names),
            "spawn": spawn or {},
            "is_audit": False,
        }

    def start_zygote(self, names: tuple[str, ...] = ()) -> Zygote:
        """Start a process that forks workers, with these modules."""
        pid, channel = processes.start(self.task(True, names), self.socket_number, python=self.served.python)
        zygote = Zygote(channel, pid, preloaded=names, is_warm=False, folder=identity(self.served.root))
        self.zygotes.append(zygote)
        self.warden.guard(pid)
        self.loop.on_readable(channel, lambda: self.hear_zygote(zygote))
        return zygote

    def spawn(self) -> Worker:
        """Start a worker in the fastest way there is."""
        self.spawned += 1
        if not self.can_fork:
            return self._start_worker()
        self._drop_outdated()
        source = copying.latest(self.copies) or self._zygote()
        for copy in copying.crowding(self.edited, self.copies):
            if copy is not source:
                self.drop(copy)
        return self._fork_worker(source)

    def _zygote(self) -> Zygote:
        warm = [zygote for zygote in self.zygotes if zygote.is_warm and zygote.preloaded]
        plain = [zygote for zygote in self.zygotes if not zygote.preloaded]
        found = warm[-1:] or plain[-1:]
        return found[0] if found else self.start_zygote()

    def _fork_worker(self, source: Zygote | Copy) -> Worker:
        channel, theirs = pair()
        crash = processes.crash_file()
        plan = copying.plan(self.edited, self.copies)
        message = {"do": "fork", "number": self.spawned, "points": plan.points}
        message["spacing"] = self.whole_boot_seconds / (copying.MOST + 1)
        message["audit"] = self.is_audit_due(self.spawned)
        message["copies"] = plan.count if isinstance(source, Copy) or source.preloaded else 0
        worker = Worker(channel, number=self.spawned, source=source, crash=crash)
        if isinstance(source, Copy):
            worker.reads, worker.written = dict(source.reads), set(source.written)
            worker.listed, worker.order = set(source.listed), list(source.order)
            message["point"] = source.point
        with theirs:
            source.channel.send(message, [theirs.fileno(), crash])
        return self._known(worker)

    def _start_worker(self) -> Worker:
        crash = processes.crash_file()
        spawn = {"number": self.spawned, "copies": 0}
        pid, channel = processes.start(
            self.task(False, spawn=spawn), self.socket_number, crash, self.served.python
        )
        self.warden.guard(pid)
        return self._known(Worker(channel, pid, number=self.spawned, crash=crash))

    def start_audit(self, take: Callable[[Process, dict], None]) -> None:
        """Start a process that says what the application's modules hold after a cold start, and ends."""
        pid, channel = processes.start(
            {**self.task(False), "is_audit": True}, self.socket_number, python=self.served.python
        )
        process = Process(channel, pid)
        self.audits.append(process)
        self.warden.guard(pid)

        def hear() -> None:
            for message in channel.receive():
                take(process, message)
            if not channel.is_open:
                signal_group(pid, signal.SIGKILL)
                self._forget(process, self.audits)
                self.warden.release(pid)

        self.loop.on_readable(channel, hear)

    def end_audits(self) -> None:
        for process in self.audits:
            signal_group(process.pid, signal.SIGKILL)

    def forget_forks(self) -> None:
        """Let the next worker be forked from nothing that there is now."""
        for zygote in list(self.zygotes):
            self.retire_zygote(zygote)

    def _known(self, worker: Worker) -> Worker:
        self.workers.append(worker)
        self.loop.on_readable(worker.channel, lambda: self.hear_worker(worker))
        return worker

    # Hearing

    def hear_zygote(self, zygote: Zygote) -> None:
        for message in zygote.channel.receive():
            if message["is"] == "warm":
                self._warmed(zygote, message)
            elif message["is"] == "poisoned":
                self._poisoned(zygote, message)
        if not zygote.channel.is_open:
            self._forget(zygote, self.zygotes)

    def _warmed(self, zygote: Zygote, message: dict) -> None:
        zygote.is_warm, zygote.count, zygote.failed = True, message["count"], message["failed"]
        zygote.files = {path: state(path) for path in message["origins"]}
        if zygote.preloaded:
            for other in [each for each in self.zygotes if each is not zygote]:
                self.retire_zygote(other)

    def _poisoned(self, zygote: Zygote, message: dict) -> None:
        """Warm another one without the module that cannot be preloaded."""
        self.left_out[message["name"]] = message["why"]
        self.retire_zygote(zygote)
        if len(self.left_out) <= POISONED_MOST and not self.is_ending:
            self.start_zygote(tuple(preload.without(zygote.preloaded, self.left_out)))

    def warm(self, installed: list[str], late: dict[str, str]) -> None:
        """Have a zygote with the installed modules of a good boot, unless there is one."""
        if not self.can_fork or len(self.left_out) > POISONED_MOST:
            return
        self.left_out.update(late)
        names = preload.without(installed, self.left_out)
        had = {name for zygote in self.zygotes for name in zygote.preloaded}
        missing = [name for name in names if name not in had]
        if len(missing) > len(names) // 20:
            self.start_zygote(tuple(names))

    def retire_zygote(self, zygote: Zygote) -> None:
        """Let it end, and with it the copies that come from it."""
        for copy in [copy for copy in self.copies if copy.zygote is zygote]:
            self.drop(copy)
        if self.is_ending:
            signal_group(zygote.pid, signal.SIGKILL)
        self._forget(zygote, self.zygotes)  # it forks what it was still asked for, and ends

    def hear_worker(self, worker: Worker) -> None:
        """Take in what a worker says."""
        for message in worker.channel.receive():
            worker.moved = time.monotonic()
            self._take(worker, message)
        if not worker.channel.is_open:
            self.loop.forget(worker.channel)
            if not worker.pid:
                self._ended_unknown(worker)

    def _take(self, worker: Worker, message: dict) -> None:
        kind = message["is"]
        if kind == "hello":
            worker.pid = message["pid"]
            self.warden.guard(worker.pid)
            if worker.is_killed:
                signal_group(worker.pid, signal.SIGKILL)
            worker.channel.send({"do": "go"})
        elif kind == "parked":
            self._parked(worker, message)
        elif kind == "interrupted":
            self.listener.worker_interrupted(worker)
        else:
            self._note(worker, message)
            self.listener.worker_said(worker, message)

    def _note(self, worker: Worker, message: dict) -> None:
        kind = message["is"]
        if kind == "importing":
            worker.importing = message["file"]
            worker.order.append(message["name"])
        elif kind == "reads":
            worker.reads.update((path, tuple(found)) for path, found in message["reads"])
            worker.written.update(message["written"])
            worker.listed.update(message["listed"])
        elif kind == "failed":
            worker.failure = failures.from_dict(message["failure"])
        elif kind == "ready":
            worker.ready_at = time.monotonic()
            worker.cpu_seconds = message["cpu_seconds"]
            worker.ladder = tuple(message["ladder"])
            if isinstance(
                worker.source, Zygote
            ):  # half of a cold start is a guess, until there is a warm one
                share = 1.0 if worker.source.preloaded else 0.5
                self.whole_boot_seconds = share * worker.cpu_seconds

    def _parked(self, worker: Worker, message: dict) -> None:
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
        self.loop.on_readable(copy.channel, lambda: self.hear_copy(copy))

    def hear_copy(self, copy: Copy) -> None:
        for message in copy.channel.receive():
            copy.pid = message["pid"]
        if not copy.channel.is_open:
            self._forget(copy, self.copies)

    # What happened to files

    def invalidate(self, delta: Delta) -> None:
        """Drop the copies that are worth nothing any more."""
        for copy in copying.invalid(self.copies, delta):
            self.drop(copy)

    def _drop_outdated(self) -> None:
        """Drop what was made from installed files that are not the same any more, or from others that changed unheard."""
        for zygote in [each for each in self.zygotes if each.folder != identity(self.served.root)]:
            self.retire_zygote(zygote)  # it runs in a folder that has gone
        for zygote in [each for each in self.zygotes if each.is_warm]:
            if any(state(path) != found for path, found in zygote.files.items()):
                self.listener.say("installed packages have changed: they are imported anew")
                self.retire_zygote(zygote)
        for copy in list(self.copies):
            if any(state(path) != found for path, found in copy.reads.items() if path not in copy.written):
                self.drop(copy)

    def shadow(self, delta: Delta, root: str) -> None:
        """Retire zygotes with a module that the application has now one of its own of, in whichever folder."""
        names = {
            part.split(".")[0]
            for path in delta.appeared
            for part in os.path.relpath(path, root).split(os.sep)
        }
        for zygote in list(self.zygotes):
            if not names.isdisjoint(zygote.preloaded):
                self.retire_zygote(zygote)

    def drop(self, copy: Copy) -> None:
        """Let a parked copy end."""
        self._forget(copy, self.copies)

    def bound(self) -> None:
        """Let the copies end that are too many or take too much memory."""
        sizes = {copy.pid: system.memory_bytes(copy.pid) for copy in self.copies if copy.pid}
        for copy in copying.beyond(self.copies, sizes):
            self.drop(copy)

    # Ending

    def retire(self, worker: Worker, seconds: float = GRACE_SECONDS) -> None:
        """Have a worker finish its requests, and kill it if that takes too long."""
        worker.is_retired = True
        worker.channel.send({"do": "retire"})
        self.loop.at(worker, seconds, lambda: self._insist(worker))

    def _insist(self, worker: Worker) -> None:
        if (
            self.terminal.owner == worker.pid and worker.pid and not self.is_ending
        ):  # somebody is debugging it
            self.loop.at(worker, GRACE_SECONDS, lambda: self._insist(worker))
        else:
            self.kill(worker)

    def kill(self, worker: Worker) -> None:
        """End a worker now, with all that it has started."""
        worker.is_killed = True
        if worker.pid:
            signal_group(worker.pid, signal.SIGKILL)
        else:
            worker.channel.send({"do": "retire"})

    def reap(self) -> None:
        """Take in which processes have ended or were stopped."""
        for pid, code, stopped_by in processes.reap():
            worker = next((each for each in self.workers if each.pid == pid), None) or self._find(pid)
            if stopped_by:
                self._stopped(pid, stopped_by)
            elif worker:
                self._ended(worker, code)
            elif pid == self.warden.pid and not self.is_ending:
                self._replace_warden()
            elif pid in self.others():
                self.listener.other_ended(pid, code)
            else:
                for each in [each for each in (*self.zygotes, *self.copies) if each.pid == pid]:
                    self._forget(each, self.zygotes if isinstance(each, Zygote) else self.copies)

    def _replace_warden(self) -> None:
        """Have another one: somebody has ended it."""
        self.warden = Warden()
        for pid in (*(each.pid for each in (*self.workers, *self.zygotes, *self.audits)), *self.others()):
            if pid:
                self.warden.guard(pid)

    def _find(self, pid: int) -> Worker | None:
        """Return the worker of a process, whose first word may not have been read yet."""
        for worker in [each for each in self.workers if not each.pid]:
            self.hear_worker(worker)
        return next((each for each in self.workers if each.pid == pid), None)

    def _ended(self, worker: Worker, code: int) -> None:
        while worker.channel.is_open and (messages := worker.channel.receive()):
            for message in messages:
                self._take(worker, message)
        self.loop.cancel(worker)
        self._clean_after(worker)
        if worker in self.workers:
            self.workers.remove(worker)
        self.loop.forget(worker.channel)
        worker.has_ended = True
        self.listener.worker_ended(worker, code)
        worker.close()

    def _ended_unknown(self, worker: Worker) -> None:
        """Take in that a worker was lost before it could say who it is."""
        if worker in self.workers:
            self.workers.remove(worker)
            worker.has_ended = True
            self.listener.worker_lost(worker)
            worker.close()

    def _clean_after(self, worker: Worker) -> None:
        """End what a worker has left: its group, and what has left that and was started before its successor."""
        group = worker.pid
        self.terminal.take_back(group)
        if system.CAN_FORK:
            before = min((each.ticks for each in self.workers if each.number > worker.number), default=0)
            living = [each.number for each in self.workers if each is not worker]
            processes.kill_adopted(self.known(), living, before)
        if self.is_ending or not signal_group(group, signal.SIGTERM):
            self._kill_group(group)
        else:
            self.loop.at(("group", group), TERM_SECONDS, lambda: self._kill_group(group))

    def _kill_group(self, group: int) -> None:
        signal_group(group, signal.SIGKILL)
        self.warden.release(group)

    def _stopped(self, pid: int, number: int) -> None:
        """Give the terminal to a worker that was stopped because it reads from it; hand Ctrl-Z on to all of us."""
        if number in WANTING:
            if self.terminal.lend(pid):
                signal_group(pid, signal.SIGCONT)
            else:
                self.loop.at(("terminal", pid), 0.5, lambda: self._stopped(pid, number))
        elif any(each.pid == pid for each in (*self.zygotes, *self.copies)):
            signal_group(pid, signal.SIGCONT)  # nobody has a use for one that does not fork
        elif number == getattr(signal, "SIGTSTP", None) and self.terminal.owner == pid:
            self.terminal.take_back(pid)
            os.killpg(0, signal.SIGTSTP)
            self.terminal.lend(pid)
            signal_group(pid, signal.SIGCONT)

    def known(self) -> list[int]:
        """Return our processes."""
        own = [each.pid for each in (*self.workers, *self.zygotes, *self.copies, *self.audits)]
        return [*own, *self.others(), self.warden.pid]

    def guard(self, group: int) -> None:
        """Have a group ended if we are killed."""
        self.warden.guard(group)

    def release(self, group: int) -> None:
        """Let a group be: it has ended."""
        self.warden.release(group)

    def end(self) -> None:
        """Ask all to end; workers have a moment for their requests."""
        self.is_ending = True
        for copy in list(self.copies):
            self.drop(copy)
        for zygote in list(self.zygotes):
            self.retire_zygote(zygote)
        self.end_audits()
        for worker in self.workers:
            self.retire(worker, STOP_SECONDS)

    def kill_all(self) -> None:
        for worker in self.workers:
            self.kill(worker)

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill_all()
        if system.CAN_FORK:
            for _ in range(5):  # what is killed leaves its own children to us
                if not processes.kill_adopted([self.warden.pid]):
                    break
                processes.reap()
        self.warden.end()

    def _forget(self, process: Process, among: list) -> None:
        if process in among:
            among.remove(process)
            if isinstance(process, Zygote):
                self.warden.release(process.pid)
        self.loop.forget(process.channel)
        process.channel.close()

    def stack(self, worker: Worker, then: Callable[[str], None]) -> None:
        """Have a worker write its stack, and call with it."""
        before = len(worker.dump())
        if worker.pid and system.DUMP_SIGNAL:
            with suppress(OSError):
                os.kill(worker.pid, system.DUMP_SIGNAL)
        self.loop.at(("dump", worker), DUMP_SECONDS, lambda: then(worker.dump()[before:]))

    def followed(self, worker: Worker) -> dict[str, tuple[int, ...]]:
        """Return the files of the application that a worker has read, with their state then."""
        return {
            path: found
            for path, found in worker.reads.items()
            if is_application(path) and path not in worker.written
        }
