"""Crew: the workers and other processes of a supervisor: it starts them, hears what they say and when they end, and ends them.

It decides nothing about what is served: it calls its `listener`, which asks the table.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from buildgraph.act.processes import signal_group

from . import failures, processes, system
from .channel import pair
from .forks import Forks
from .loop import Loop
from .paths import is_application
from .processes import Copy, Process, Warden, Worker, Zygote
from .served import Served
from .terminal import WANTING, Terminal

GRACE_SECONDS = 3.0  # for requests that a retired worker has accepted
STOP_SECONDS = 0.25  # the same when everything ends
TERM_SECONDS = 0.15  # between asking and killing what a worker leaves behind
DUMP_SECONDS = 0.1


class Listener(Protocol):
    """Who is told."""

    def worker_said(self, worker: Worker, message: dict) -> None: ...
    def worker_ended(self, worker: Worker, code: int) -> None: ...
    def worker_lost(self, worker: Worker) -> None: ...
    def worker_interrupted(self, worker: Worker) -> None: ...
    def other_ended(self, pid: int, code: int) -> None: ...
    def say(self, text: str) -> None: ...


class Crew:
    """The workers of one supervisor, and whatever else it has started."""

    def __init__(self, loop: Loop, served: Served, socket_number: int, listener: Listener) -> None:
        self.loop = loop
        self.served = served
        self.socket_number = socket_number
        self.listener = listener
        self.warden = Warden()
        self.terminal = Terminal()
        self.forks = Forks(loop, served, socket_number, self.warden, listener.say)
        self.workers: list[Worker] = []
        self.audits: list[Process] = []
        self.others: Callable[[], list[int]] = list  # processes that somebody else has started
        self.is_audit_due: Callable[[int], bool] = lambda _number: False
        self.spawned = 0
        self.is_ending = False

    # Starting

    def spawn(self) -> Worker:
        """Start a worker in the fastest way there is."""
        self.spawned += 1
        return self._fork_worker() if self.served.can_fork else self._start_worker()

    def _fork_worker(self) -> Worker:
        source = self.forks.source()
        plan = self.forks.wanted(source)
        return self._fork(source, self.spawned, {**plan, "audit": self.is_audit_due(self.spawned)})

    def climb(self, worker: Worker) -> None:
        """Have copies parked where a worker has been, by a process forked from what it was forked from itself."""
        source, points = worker.source, worker.passed
        if points and source is not None and self.forks.has(source):
            plan = {"is_climbing": True, "points": points, "copies": len(points)}
            with suppress(OSError):  # the next start does without
                self._fork(source, worker.number, plan).is_climber = True

    def _fork(self, source: Zygote | Copy, number: int, plan: dict) -> Worker:
        """Have a worker forked, and tell it what copies are wanted."""
        channel, theirs = pair()
        worker = Worker(channel, number=number, source=source, crash=processes.crash_file())
        message = {"do": "fork", "number": number, **plan}
        if isinstance(source, Copy):
            worker.reads, worker.written = dict(source.reads), set(source.written)
            worker.listed, worker.order = set(source.listed), list(source.order)
            message["point"] = source.point
        with theirs:
            source.channel.send(message, [theirs.fileno(), worker.crash])
        return self._known(worker)

    def end_climbs(self) -> None:
        """End who parks copies: files have changed, or everything ends."""
        for worker in self.workers:
            if worker.is_climber:
                self.kill(worker)

    def _start_worker(self) -> Worker:
        crash = processes.crash_file()
        task = self.served.task(spawn={"number": self.spawned, "copies": 0})
        pid, channel = processes.start(task, self.socket_number, crash, self.served.python)
        self.warden.guard(pid)
        return self._known(Worker(channel, pid, number=self.spawned, crash=crash))

    def start_audit(self, take: Callable[[Process, dict], None]) -> None:
        """Start a process that says what the application's modules hold after a cold start, and ends."""
        task = self.served.task(is_audit=True)
        pid, channel = processes.start(task, self.socket_number, python=self.served.python)
        process = Process(channel, pid)
        self.audits.append(process)
        self.warden.guard(pid)

        def hear() -> None:
            for message in channel.receive():
                take(process, message)
            if not channel.is_open:
                signal_group(pid, signal.SIGKILL)
                self.audits.remove(process)
                self.warden.release(pid)
                self.loop.forget(channel)
                channel.close()

        self.loop.on_readable(channel, hear)

    def end_audits(self) -> None:
        for process in self.audits:
            signal_group(process.pid, signal.SIGKILL)

    def _known(self, worker: Worker) -> Worker:
        self.workers.append(worker)
        self.loop.on_readable(worker.channel, lambda: self.hear_worker(worker))
        return worker

    # Hearing

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
            self.forks.park(worker, message)
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
            worker.ladder, worker.passed = tuple(message["ladder"]), tuple(message["passed"])
            self.forks.note_boot(worker)

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
                self.warden.start()
            elif pid in self.others():
                self.listener.other_ended(pid, code)
            else:
                self.forks.ended(pid)

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
        if any(each.pid == pid and each.is_climber for each in self.workers):
            signal_group(pid, signal.SIGKILL)
        elif number in WANTING:
            if self.terminal.lend(pid):
                signal_group(pid, signal.SIGCONT)
            else:
                self.loop.at(("terminal", pid), 0.5, lambda: self._stopped(pid, number))
        elif pid in self.forks.pids:
            signal_group(pid, signal.SIGCONT)  # nobody has a use for one that does not fork
        elif number == getattr(signal, "SIGTSTP", None) and self.terminal.owner == pid:
            self.terminal.take_back(pid)
            os.killpg(0, signal.SIGTSTP)
            self.terminal.lend(pid)
            signal_group(pid, signal.SIGCONT)

    def known(self) -> list[int]:
        """Return our processes."""
        own = [each.pid for each in (*self.workers, *self.audits)]
        return [*own, *self.forks.pids, *self.others(), self.warden.pid]

    def end(self) -> None:
        """Ask all to end; workers have a moment for their requests."""
        self.is_ending = True
        self.forks.end()
        self.end_audits()
        self.end_climbs()
        for worker in [each for each in self.workers if not each.is_climber]:
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
