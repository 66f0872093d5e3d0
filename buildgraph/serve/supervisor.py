"""Supervisor: it owns the socket, follows the files, keeps a worker at it, and answers itself while there is none.

It imports nothing of the application. `states` decides, `crew` starts and ends processes, `digests` and `relevance` say what a saved file means; here
they are joined. Everything happens in one thread, one thing after the other (`loop`); answering pages has threads of its own (`pages`).
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from buildgraph import serving
from buildgraph.act.address import Address
from buildgraph.act.bytecode import distrust
from buildgraph.colour import Palette

from . import banner, console, copies, failures, relevance, status, system
from .around import Around, Given
from .audit import EVERY, Audit
from .beside import KILL_SECONDS, is_coloured
from .browsers import Browsers
from .crew import STOP_SECONDS, Crew
from .deaths import Deaths
from .digests import Delta
from .edits import Edits
from .failures import Failure
from .graph import Built
from .loop import Loop
from .news import News
from .pages import Counter, Desk
from .paths import MODULE_ENDS
from .processes import Worker
from .served import Served
from .stability import Stability
from .stalls import Stalls
from .states import Action, Event, State, step
from .voice import Voice

ENDING_SECONDS = STOP_SECONDS + 0.1
MOST_LOST = 5  # workers in a row that end before they begin
KEPT_RELOADS = 50
BOUND_SECONDS = 1.0  # after an answer: to ask for the memory of a process takes the system a while
CLIMB_SECONDS = 0.1  # after an answer: a page asks for more at once
INTERRUPTED_CODE = 130


@dataclass(frozen=True)
class Reload:
    """What a start of the application took, for the status page."""

    number: int
    why: str
    seconds: float  # from the change to the answer
    cpu_seconds: float
    source: str


class Supervisor:
    """What is served, and the state it is in."""

    def __init__(
        self,
        served: Served,
        roots: tuple[str, ...],
        address: Address,
        listener: socket.socket,
        editor: str,
        audit_every: int = EVERY,
        given: Given = Given(),  # noqa: B008 (it is a value)
    ) -> None:
        self.served = served
        self.address = address
        self.listener = listener
        self.editor = editor
        self.state = State.NEW
        self.loop = Loop()
        self.voice = Voice()
        self.paint = Palette(is_coloured(os.environ))
        self.edits = Edits(self.loop, roots, self.say, self.heard, self.settled)
        self.stability = Stability(self.say)
        self.news = News(self._now)
        self.instance = f"{os.getpid()}-{time.time_ns()}"
        self.worker: Worker | None = None  # the one that boots or serves
        self.boot = relevance.Boot()  # what the last one has read
        self.files: dict[str, str] = {}  # module's file → its name
        self.failure: Failure | None = None
        self.told = ""  # what was said last of what is wrong
        self.why = "the start"
        self.asked_at = time.monotonic()
        self.deaths = Deaths()
        self.lost = 0
        self.banner = banner.text(given.banner, address.url, is_apart=serving.WORKER in os.environ)
        self.reloads: deque[Reload] = deque(maxlen=KEPT_RELOADS)
        desk = Desk(
            lambda: self.failure,
            lambda: status.facts(self),
            lambda: status.html(status.facts(self)),
            lambda: self.loop.call(self.retry),
            self.news,
            editor,
        )
        self.counter = Counter(desk)
        self.control = _control(address.host)
        served = replace(served, control=str(self.control.getsockname()[1]))
        self.crew = Crew(self.loop, served, listener.fileno(), self)
        self.audit = Audit(self.crew, self.say, lambda: self.edits.look(None), audit_every)
        self.around = Around(self.loop, self.crew.warden, served.root, given, self)
        self.stalls = Stalls(self.loop, self.crew, self.stalled)
        self.browsers = Browsers(
            self.news, editor, lambda: self.state is State.SERVING, lambda: self.around.graph.is_busy
        )
        self.crew.others = lambda: self.around.pids
        self.crew.is_audit_due = self.audit.is_due
        self.acts: dict[Action, Callable[[], None]] = {
            Action.SPAWN: self.spawn,
            Action.ADOPT: self.adopt,
            Action.RETIRE: self.retire,
            Action.DISCARD: self.discard,
            Action.SHOW: self.show,
            Action.HIDE: self.hide,
            Action.REST: self.rest,
            Action.END: self.end,
            Action.KILL: self.kill,
        }

    # Running

    def run(self) -> int:
        """Serve until interrupted; return the exit code."""
        system.become_subreaper()
        handled = {getattr(signal, name): self.interrupted for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}  # fmt: skip
        handled[signal.SIGCHLD] = self.reap
        restore = self.loop.on_signals(handled)
        self.loop.on_readable(self.control, lambda: self.counter.take(self.control))
        if self.paint.is_wanted:
            self.say("the application starts", is_error=False)
        try:
            self.edits.begin()
            self.edits.add(self.around.ground)
            self.feed(Event.BEGUN)
            self.around.begin()
            self.loop.run()
        finally:
            self.edits.close()
            self.crew.close()
            restore()
            self.voice.close()
        return INTERRUPTED_CODE

    def feed(self, event: Event) -> None:
        """Ask the table and do what it says."""
        self.state, actions = step(self.state, event)
        for action in actions:
            self.acts[action]()

    def interrupted(self) -> None:
        self.feed(Event.INTERRUPTED)

    def reap(self) -> None:
        self.crew.reap()
        self._end_if_gone()

    def other_ended(self, pid: int, code: int) -> None:
        self.around.take_end(pid, code)
        self._end_if_gone()

    def worker_interrupted(self, worker: Worker) -> None:
        """End all if Ctrl-C was typed where a worker has the terminal; else somebody means that worker."""
        if self.crew.terminal.owner == worker.pid:
            self.interrupted()
        else:
            worker.failure = Failure("SIGINT", "the worker was interrupted")
            self.crew.kill(worker)

    def retry(self) -> None:
        """Start again because somebody wants it, whatever the files say."""
        self._ask("a request to try again")

    # What the table says

    def spawn(self) -> None:
        self.boot = relevance.Boot(self.around.ground)
        try:
            self.worker = self.crew.spawn()
        except OSError as error:
            self.failure = Failure("no worker", f"the system refuses another process: {error.strerror}")
            self.loop.call(lambda: self.feed(Event.FAILED))
        else:
            self.stalls.watch(self.worker)

    def adopt(self) -> None:
        """Let the worker that is ready be the one that serves, and learn from it."""
        worker = self.worker
        assert worker is not None
        self.failure, self.told = None, ""
        seconds = time.monotonic() - self.asked_at
        source = getattr(worker.source, "point", None)
        where = f"a copy before '{source}'" if source else "the start"
        self.reloads.append(Reload(worker.number, self.why, seconds, worker.cpu_seconds, where))
        who = f"{self.paint('name', self.address.url)} " if len(self.reloads) == 1 else ""
        self.say(f"{who}answers after {seconds:.2f} s", is_error=False)
        if self.banner:
            self.voice.say(self.banner, is_error=False)
            self.banner = ""
        self.news.tell("good", generation=worker.number)
        self.around.answers()
        self.loop.at("bound", BOUND_SECONDS, self.crew.forks.bound)

    def retire(self) -> None:
        if self.worker:
            self.crew.retire(self.worker)
        self.worker = None

    def discard(self) -> None:
        if self.worker and not self.worker.has_ended:
            self.crew.kill(self.worker)
        self.worker = None

    def show(self) -> None:
        """Answer with what is wrong, and say it once."""
        failure = self.failure or Failure("no answer", "the application does not run")
        text = console.text(failure)
        if text == self.told:
            self.say(f"{console.first(failure, self.paint)}, as before")
        else:
            shown = console.text(failure, self.paint)
            self.say(f"{shown}\nserve: waiting for a changed file; {self.address.url} shows this, too")
        self.told = text
        self.loop.on_readable(self.listener, lambda: self.counter.take(self.listener))
        self.browsers.tell_broken(failure)

    def hide(self) -> None:
        self.loop.forget(self.listener)
        self.news.tell("starting")

    def rest(self) -> None:
        self.loop.at("rest", self.deaths.pause(), lambda: self.feed(Event.RESTED))

    def end(self) -> None:
        self.worker = None
        self.edits.close()
        self.listener.close()
        self.loop.forget(self.control)
        self.crew.end()
        self.around.end()
        self.loop.at("end", ENDING_SECONDS, self.crew.kill_all)
        longest = KILL_SECONDS if self.around.pids else ENDING_SECONDS
        self.loop.at("over", longest + ENDING_SECONDS, self._over)
        self._end_if_gone()

    def kill(self) -> None:
        self.crew.kill_all()
        self.around.kill()

    def _end_if_gone(self) -> None:
        if self.state is State.ENDING and not self.crew.workers and not self.around.pids:
            self._over()

    def _over(self) -> None:
        self.feed(Event.GONE)
        self.loop.is_over = True

    # What workers say

    def worker_said(self, worker: Worker, message: dict) -> None:
        """Take in what was said by the worker that boots or serves, and by no other one."""
        kind = message["is"]
        if kind == "importing":
            self.files[message["file"]] = message["name"]
        if worker is not self.worker:
            return
        if kind == "reads":
            self._follow_reads(worker)
            if self.state is State.SERVING:
                self._take_unstable(self.stability.late(self.crew.followed(worker), message["reads"]))
        elif kind == "ready":
            self._ready(worker, message)
        elif kind == "failed" and message["is_final"]:
            self._failed(worker, worker.failure)
        if self.state is State.STALLED and kind in ("importing", "reads"):
            self.failure = None
            self.feed(Event.MOVED)
            self.stalls.watch(worker)

    def _ready(self, worker: Worker, message: dict) -> None:
        self.stalls.cancel()
        self.lost = 0
        self.boot = self._boot_of(worker, True)
        self.feed(Event.READY)
        if message["fingerprint"] is not None:
            self.audit.begin(worker.number, message["fingerprint"])
        self.crew.forks.warm(message["installed"], message["late"])
        self.loop.at("climb", CLIMB_SECONDS, lambda: self._climb(worker))
        self._take_unstable(self.stability.changed(self.crew.followed(worker)))

    @property
    def is_parking(self) -> bool:
        """Tell whether copies are being parked, or are about to be."""
        return "climb" in self.loop.times or any(each.is_climber for each in list(self.crew.workers))

    def _climb(self, worker: Worker) -> None:
        """Have copies parked, now that the first requests have been answered."""
        if worker is self.worker and self.state is State.SERVING:
            self.crew.climb(worker)

    def _take_unstable(self, paths: list[str]) -> None:
        """Start again on files that have changed since they were read."""
        paths = [path for path in paths if not self.around.is_live(path)]
        if paths and not self.edits.look(paths):  # they were followed too late to be heard of
            self._ask(console.names(paths, self.served.root), Delta(frozenset(paths)))

    def _follow_reads(self, worker: Worker) -> None:
        """Follow what a worker has read, wherever it lies."""
        self.edits.add(self._read_by(worker))
        self.boot = self._boot_of(worker, self.state is State.SERVING)

    def _boot_of(self, worker: Worker, is_complete: bool) -> relevance.Boot:
        written = frozenset(worker.written)
        return relevance.Boot(self._read_by(worker), frozenset(worker.listed), is_complete, written)

    def _read_by(self, worker: Worker) -> frozenset[str]:
        read = frozenset(path for path in self.crew.followed(worker) if not self.around.is_live(path))
        return (read - self.stability.unfollowed) | self.around.ground

    def worker_ended(self, worker: Worker, code: int) -> None:
        """Take in the end of a worker: of the one that boots or serves, it is the end that nobody asked for."""
        if worker is not self.worker:
            return
        if code == -signal.SIGINT and self.crew.terminal.owner == worker.pid:
            self.interrupted()
            return
        failure = worker.failure or self._of_end(worker, code)
        if self.state is State.SERVING:
            self._died(failure)
        else:
            self._failed(worker, failure)

    def worker_lost(self, worker: Worker) -> None:
        """Start another one in the place of a worker whose zygote has ended before it could fork it."""
        if worker is self.worker:
            self.lost += 1
            if self.lost <= MOST_LOST:
                self.spawn()
            else:
                self._failed(
                    worker, Failure("no worker", "workers end before they begin; is there memory for them?")
                )

    def _of_end(self, worker: Worker, code: int) -> Failure:
        dump = worker.dump()
        if code < 0 and dump:
            name = failures.signal_name(-code)
            return failures.of_dump(name, f"the application was ended by {name}", dump)
        return failures.of_end(code, worker.importing if self.state is not State.SERVING else "")

    def _failed(self, worker: Worker, failure: Failure | None) -> None:
        self.stalls.cancel()
        self.failure = failure
        self._follow_reads(worker)
        self.feed(Event.FAILED)

    def _died(self, failure: Failure) -> None:
        """Start again, at once the first time, later after a pause."""
        now = time.monotonic()
        is_first = self.deaths.add(now)
        self.worker, self.failure = None, failure
        self.why, self.asked_at = "the end of the worker", now
        if is_first:
            self.say(console.text(failure, self.paint) + "\nserve: it is started again")
        self.feed(Event.DIED if is_first else Event.DIED_AGAIN)

    def stalled(self, worker: Worker, failure: Failure) -> None:
        """Take in that a worker does not get on with its start."""
        if worker is self.worker and self.state is State.BOOTING:
            self.failure = failure
            self.feed(Event.STALLED)

    # Files

    def heard(self, delta: Delta) -> None:
        """Give up what was made from what has changed."""
        self.audit.cancel()
        self.crew.end_climbs()
        self.crew.forks.invalidate(delta)

    def settled(self, delta: Delta, since: float) -> None:
        """Do what the changes ask for."""
        delta, live = self.around.take(
            delta, self.boot.reads, lambda paths: console.names(paths, self.served.root)
        )
        self.browsers.refresh(live)
        found = relevance.reasons(delta, self.boot)
        if self.state in (State.BOOTING, State.STALLED):
            data = [path for path in found if not path.endswith(MODULE_ENDS)]
            kept = self.stability.count(data)
            found = [path for path in found if path not in data or path in kept]
        if any(path.endswith(MODULE_ENDS) for path in delta.all):
            self.around.note_code()
        if found:
            self._ask(console.names(found, self.served.root), delta, since)
        elif self.state is State.SERVING:
            self.around.answers()
            self.browsers.refresh(delta)

    def follow(self, folders: list[str], files: Collection[str]) -> None:
        """Follow what the graph reads."""
        self.edits.follow_folders(folders)
        self.edits.add(files)

    def built(self, run: Built) -> None:
        """Take in that tasks have run: tell what failed, or start on what they made, or show it."""
        if run.failure:
            self.browsers.tell_broken(run.failure)
            return
        self.news.tell("mended")
        self.edits.look(None)
        if run.is_start_wanted:
            names = " ".join(word for word in run.tasks if not word.startswith("-"))
            self._ask(f"{run.why} changed, {names} done")
        self.browsers.refresh(Delta())

    def _ask(self, why: str, delta: Delta = Delta(), since: float = 0.0) -> None:  # noqa: B008 (it is a value)
        """Start again, for a reason."""
        self.why, self.asked_at = why, since or time.monotonic()
        self.edits.note_start()
        self.around.note_code()
        distrust(path for path in delta.all if path.endswith(".py"))
        self.crew.forks.shadow(delta)
        edited = [self.files.get(path, "") for path in sorted(delta.changed)]
        forks = self.crew.forks
        forks.edited = copies.remembered(forks.edited, edited)
        self.deaths.clear()
        if self.state is not State.BROKEN:
            self.failure = None
        self.say(f"{why} changed" if delta else why, is_error=False)
        self.feed(Event.CHANGED)

    # Words

    def say(self, text: str, is_error: bool = True) -> None:
        self.voice.say(f"{console.clock(self.paint)}serve: {text}", is_error)

    def _now(self) -> dict:
        worker = self.worker
        failure = self.around.failure if self.state is State.SERVING else self.failure
        return {
            "instance": self.instance,
            "generation": worker.number if worker else 0,
            "is_serving": self.state is State.SERVING,
            "failure": self.browsers.shown(failure) if failure else None,
        }


def _control(host: str) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.bind(address)
    listener.listen(64)
    listener.setblocking(False)
    return listener
