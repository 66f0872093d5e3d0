"""Child: the program that the supervisor starts: a zygote, which forks workers, or a single worker where there is no fork.

Its argument is the descriptor of a channel; the first message there says what to do.

A worker tells, in this order: `hello` and waits for `go` (by then a warden knows its group); `reads` and `importing` while it boots; `ready`,
or `failed`; later `reads` of what requests import, and `interrupted`. It is told `retire`. A climber tells `parked` and ends; a copy parked in the middle of
the imports waits as the zygote does (see `ladder`).
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from buildgraph import serving

from . import application, failures, preload, randomness, servers, system
from .channel import Channel
from .fingerprint import fingerprint
from .forking import wait_to_be_forked
from .imports import Finder, forget_absences
from .ladder import Ladder
from .paths import is_ours
from .reads import Reads
from .silence import Silence
from .wrapper import Development, wrapped

EXIT = os._exit  # before it tells (see `watch_ends`)
TOLD_SECONDS = 0.1  # how often it is told what is read while it boots
FAILED_CODE = 70  # sysexits.h, EX_SOFTWARE


@dataclass(frozen=True)
class Task:
    """What this process is to do, as the supervisor says it."""

    is_zygote: bool
    supervisor: int  # its process
    instance: str  # which no other supervisor has
    listener: int  # descriptors
    crash: int
    application: str
    server: str
    root: str
    control: str  # the address of the supervisor's own pages
    preload: list[str]
    is_audit: bool
    hints: dict[str, str]  # class of an error → what to do
    spawn: dict  # what a worker is told when it is forked


class Worker:
    """One life of the application; a parked copy continues it under another channel."""

    def __init__(self, task: Task, reads: Reads, listener: socket.socket) -> None:
        self.task = task
        self.reads = reads
        self.listener = listener
        self.finder = Finder(reads, self.before_import, self.found)
        self.ladder = Ladder(reads, self.parked, self.resumed, task.supervisor)
        self.began = time.process_time()
        self.told = 0.0
        self.pid = 0
        self.number = 0
        self.importing = ""  # the file of the application that was looked up last
        self.exit = EXIT
        self.silence = Silence()

    def begin(self, channel: Channel, crash: int, message: dict) -> None:
        """Become a worker: be known, be followed, and end with the supervisor."""
        self.channel = channel
        self.crash = crash
        self.pid = os.getpid()
        self.number = message["number"]
        self.is_audited = message.get("audit", False)
        self.silence.set(message.get("is_climbing", False))
        os.environ[serving.WORKER] = f"{self.task.instance}.{self.number}"
        if self.finder.environment is not None:
            self.finder.environment[serving.WORKER] = os.environ[serving.WORKER]
        system.end_with_parent()
        if os.getppid() != self.task.supervisor:  # it has ended before the signal was asked for
            os._exit(1)
        self.channel.send({"is": "hello", "pid": self.pid, "point": message.get("point", "")})
        if next(self.channel.messages(), None) is None:
            os._exit(1)
        with contextlib.suppress(OSError, ValueError):
            faulthandler.enable(file=crash, all_threads=True)
            faulthandler.register(system.DUMP_SIGNAL, file=crash, all_threads=True)
        forget_absences()
        randomness.seed_anew()
        self.began = time.process_time()
        self.ladder.begin(message)
        self.reads.begin_again()
        self.reads.begin()

    def parked(self, point: str, theirs: socket.socket) -> None:
        """Tell of a copy that was parked, which has read what was told before."""
        self.tell_reads()
        self.channel.send({"is": "parked", "point": point}, [theirs.fileno()])

    def resumed(self, channel: Channel, message: dict) -> None:
        """Go on as a new worker, in the copy of an old one."""
        self.channel.close()
        os.close(self.crash)
        self.begin(channel, message["files"][1], message)

    def before_import(self, name: str) -> None:
        """Let a copy be parked before a module is looked up."""
        if self.pid == os.getpid() and self.reads.is_booting:
            self.ladder.before(name)
            if time.monotonic() - self.told > TOLD_SECONDS:
                self.tell_reads(is_progress=True)

    def found(self, name: str, file: str) -> None:
        """Tell which file of the application is being imported: the last thing that is known of a process that is killed."""
        if self.pid != os.getpid() or not self.reads.is_booting:
            return
        self.importing = file
        self.channel.send({"is": "importing", "name": name, "file": file})

    def tell_reads(self, is_progress: bool = False) -> None:
        """Tell what is new among what was read, or only that imports go on."""
        self.told = time.monotonic()
        news = self.reads.news()
        if is_progress or any(news.values()):
            self.channel.send({"is": "reads", **news})

    def interrupted(self, *_: object) -> None:
        """Hand Ctrl-C on: it is the supervisor's to decide what ends."""
        if self.pid == os.getpid():
            self.channel.send({"is": "interrupted"})
        else:
            raise KeyboardInterrupt

    def watch_ends(self) -> None:
        """Tell where the application ends the process, which leaves no exception behind."""

        def told(code: int) -> None:
            if os.getpid() == self.pid:
                message = f"the application ended at once with os._exit({code!r})"
                self.tell_failure(failures.of_call("os._exit", message))
            self.exit(code)

        def hear(event: str, arguments: tuple) -> None:
            if event == "os.kill" and arguments[0] == self.pid and os.getpid() == self.pid:
                name = failures.signal_name(arguments[1])
                if arguments[1] in DEADLY:
                    self.tell_failure(failures.of_call(name, f"the application sent itself {name}"))

        os._exit = told  # type: ignore[assignment] # it ends with the real one
        sys.addaudithook(hear)

    def tell_failure(self, failure: failures.Failure, is_final: bool = False) -> None:
        """Tell why this worker does not serve, with what it has read so far."""
        self.tell_reads()
        self.channel.send({"is": "failed", "failure": failure.as_dict(), "is_final": is_final})

    def fail(self, error: BaseException) -> None:
        """Tell that an error ends this worker."""
        failure = failures.of_exception(error, self.importing, self.task.hints)
        self.tell_failure(failure, is_final=True)

    def live(self) -> int:
        """Boot and serve; return the exit code. A climber that comes to the end has not met what it was to park before."""
        try:
            server = self.boot()
        except BaseException as error:
            if self.ladder.is_climbing:
                EXIT(0)
            self.fail(error)
            return FAILED_CODE
        if self.ladder.is_climbing:
            EXIT(0)
        threading.Thread(target=self.obey, args=(server,), daemon=True).start()
        try:
            server.run(self.ready)
        except BaseException as error:
            self.fail(error)
            return FAILED_CODE
        return 0

    def boot(self) -> servers.Server:
        """Import the application and make its server; the cyclic collector finds nothing in imports and costs a tenth."""
        had_gc = gc.isenabled()
        gc.disable()
        served = application.load(self.task.application)
        self.fingerprint = fingerprint(self.finder.order) if self.is_audited else None
        kind = application.kind(served)
        served = wrapped(
            served, kind, Development(self.task.control, self.number, os.environ, self.task.hints)
        )
        server = servers.make(self.task.server, kind, served, self.listener)
        gc.freeze()  # looking for cycles in all that was imported would cost more than importing one module
        if had_gc:
            gc.enable()
        return server

    def ready(self) -> None:
        """Say that requests are answered."""
        self.ladder.end("the application is imported", "")
        self.reads.is_booting = False
        self.reads.tell = self.tell_reads
        self.tell_reads()
        self.channel.send({
            "is": "ready",
            "cpu_seconds": round(time.process_time() - self.began, 4),
            "order": self.finder.order,
            "installed": preload.learned(list(sys.modules.items())) if self.finder.has_installed else [],
            "late": self.finder.late,
            "ladder": [self.ladder.why, self.ladder.at],
            "passed": self.ladder.passed,
            "fingerprint": self.fingerprint,
        })  # fmt: skip

    def obey(self, server: servers.Server) -> None:
        """Do what the supervisor says; end with it, and all of this group, where no signal does that."""
        for message in self.channel.messages():
            if message["do"] == "retire":
                server.retire()
        os.killpg(os.getpgrp(), signal.SIGKILL)


DEADLY = frozenset(
    number for name in ("SIGKILL", "SIGTERM", "SIGABRT", "SIGSEGV", "SIGHUP", "SIGQUIT", "SIGBUS", "SIGFPE") if (number := getattr(signal, name, None))
)  # fmt: skip


def _reset_signals(interrupted: Callable) -> None:
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def be_zygote(task: Task, channel: Channel, reads: Reads) -> tuple[Channel, dict]:
    """Import what is the same for all workers, and return in each of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reads.begin()
    with system.in_background():
        count, failed, poison = preload.preload(task.preload, lambda: reads.has_looked_inside)
    reads.pause()
    reads.forget()
    if poison:
        channel.send({"is": "poisoned", "name": poison[0], "why": poison[1]})
        os._exit(0)
    gc.collect()
    gc.freeze()
    files: dict[str, None] = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not is_ours(os.path.realpath(file)):
            files[file] = None
    channel.send({"is": "warm", "pid": os.getpid(), "count": count, "failed": failed, "origins": list(files)})
    return wait_to_be_forked(channel, task.supervisor)


def audit(task: Task, channel: Channel, reads: Reads) -> int:
    """Import the application in a cold process, say what its modules hold, and end at once."""
    order: list[str] = []
    finder = Finder(reads, lambda _name: None, lambda name, _file: order.append(name))
    finder.install()
    with system.in_background():
        try:
            application.load(task.application)
            channel.send({"is": "fingerprint", "fingerprint": fingerprint(order), "error": ""})
        except BaseException as error:
            found = failures.of_exception(error)
            channel.send({"is": "fingerprint", "fingerprint": {}, "error": f"{found.title}: {found.message}"})
    EXIT(0)


def end(code: int) -> NoReturn:
    """End as Python does, but for taking all objects apart, which would cost the next worker its processor."""
    threading._shutdown()  # type: ignore[attr-defined] # what Py_Finalize calls, too
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    EXIT(code)


def main(argv: list[str]) -> int:
    """Be what the supervisor says."""
    system.end_with_parent()
    channel = Channel(socket.socket(fileno=int(argv[0])))
    os.set_inheritable(channel.fileno(), False)
    task = Task(**next(channel.messages()))
    for number in (task.listener, task.crash):
        if number >= 0:
            os.set_inheritable(number, False)
    listener = socket.socket(fileno=task.listener)
    randomness.watch()
    reads = Reads(task.root)
    reads.install()
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # suppressed where there is none
    with contextlib.suppress(OSError):  # it may have gone, and come back
        os.chdir(task.root)
    sys.path[:] = [task.root, *(each for each in sys.path if os.path.realpath(each or ".") != task.root)]
    sys.argv[:] = [task.application]
    if task.is_audit:
        return audit(task, channel, reads)
    if task.is_zygote:
        channel, message = be_zygote(task, channel, reads)
        crash = message["files"][1]
    else:
        message, crash = task.spawn, task.crash
    worker = Worker(task, reads, listener)
    _reset_signals(worker.interrupted)
    worker.begin(channel, crash, message)
    worker.watch_ends()
    worker.finder.environment = dict(os.environ)
    worker.finder.install()
    end(worker.live())
