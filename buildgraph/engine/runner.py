"""The runner: one loop that decides in the main thread and works in others.

The ready task with the longest path before it goes first. A task is decided when all before it have ended:
only then is it known what its inputs are. A fresh task costs a look at its files and no thread. A stale one
is written down as started, its command runs in a thread, and when it has ended the main thread compares its
inputs with what they were before it ran; only if none has moved is the success recorded.

Tasks that own the terminal wait until all other work has ended and the lock is released, so that a second
terminal can build.
"""

from __future__ import annotations

import gc
import heapq
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from buildgraph.act import command, foreground, leftovers
from buildgraph.act.environment import compose
from buildgraph.act.outputs import clear_staging, in_place, is_owned
from buildgraph.act.processes import Children
from buildgraph.decide.graph import longest_path, urgencies
from buildgraph.decide.staleness import Trace, reasons
from buildgraph.engine import timeline, work
from buildgraph.engine.certifier import Certifier
from buildgraph.engine.control import Plan
from buildgraph.engine.observation import inputs_of, observe
from buildgraph.engine.reporter import Failure, Summary
from buildgraph.engine.timeline import Span
from buildgraph.errors import BuildError, Interrupted
from buildgraph.layout import HOME, LOGS, STAGING, is_pattern, is_tree
from buildgraph.observe import listings
from buildgraph.observe.digests import FOLDER
from buildgraph.observe.facts import Facts
from buildgraph.observe.stamps import TICK_NS
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock, clock_ns
from buildgraph.rules import Rule, Service

LOOK_AGAIN_TASKS = 2000
"""A run of more tasks that made something leaves the certificate to the next run, which has nothing to do."""
SETTLE_LIMIT_BYTES = 1 << 20
"""Larger files that are too fresh to trust their stamps are read again by the next run, not at the end of this one."""


@dataclass(frozen=True)
class Settings:
    """What the command line asks of a run."""

    workers: int = 1
    is_continuing: bool = False
    is_forced: bool = False
    is_waiting: bool = True
    title: str = "doit"


@dataclass
class State:
    """How far a run has come."""

    waiting: dict[str, int] = field(default_factory=dict)
    dependents: dict[str, list[str]] = field(default_factory=dict)
    ready: list[tuple[float, int, str]] = field(default_factory=list)
    in_front: list[str] = field(default_factory=list)
    running: dict[str, Trace] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    reused: int = 0
    failed: int = 0
    is_stopping: bool = False
    has_unrecorded: bool = False


class Runner:
    """One run of a plan."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        lock: Lock,
        reporter,
        settings: Settings,
        environ: Mapping[str, str],
        certifier: Certifier | None = None,
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self.lock = lock
        self.reporter = reporter
        self.settings = settings
        self.environ = environ
        self.certifier = certifier
        self.facts = Facts(ledger.files)
        self.state = State()
        self.children = Children()
        self.results: SimpleQueue = SimpleQueue()
        self.jobs: SimpleQueue = SimpleQueue()
        self.threads: list[threading.Thread] = []
        self.signals: list[int] = []
        self.can_raise = True
        self.began = 0.0
        self.spans: list[Span] = []
        self.why: dict[str, list[str]] = {}
        self._ledger_lock = threading.Lock()

    # The run

    def run(self) -> int:
        """Run the plan and return the exit code."""
        started = self.began = time.perf_counter()
        ordered = self.plan.ordered()
        with _Signals(self._signalled):
            try:
                self._begin(ordered)
                self._loop()
            except Interrupted:
                self.signals = self.signals or [signal.SIGINT]
            finally:
                self._finish()
        self._report(ordered, time.perf_counter() - started)
        if self.signals:
            return 130
        return 1 if self.state.failed else 0

    def _begin(self, ordered: list[str]) -> None:
        state = self.state
        self._enter()
        self.urgency = urgencies(self.plan.graph, ordered, self.ledger.seconds)
        self.position = {name: number for number, name in enumerate(ordered)}
        state.dependents = {name: [] for name in ordered}
        for name in ordered:
            dependencies = self.plan.graph[name]
            state.waiting[name] = len(dependencies)
            for dependency in dependencies:
                state.dependents[dependency].append(name)
        self.reporter.begin(len(ordered))
        for name in ordered:
            if not state.waiting[name]:
                self._make_ready(name)

    def _enter(self) -> None:
        """Take the lock and read the ledger."""
        self.lock.acquire(self.settings.title, self.settings.is_waiting, self.reporter.say)
        self.ledger.load(is_writer=True)
        for notice in self.ledger.notices:
            self.reporter.say(notice)
        self.ledger.notices.clear()
        self.facts = Facts(self.ledger.files, clock_ns())
        self.children = Children(self.lock.file)
        clear_staging()
        for sentence in leftovers.remove(self.ledger, self.plan.rules, self.plan.producers):
            self.reporter.say(sentence)

    def _leave(self, is_last: bool = False) -> None:
        """Write what was learned and release the lock."""
        if self.lock.file is not None:
            try:
                self.ledger.saw(self.facts.settle(SETTLE_LIMIT_BYTES))
                self.ledger.close()
                if is_last and self.spans:
                    timeline.write(
                        self.spans, longest_path(self.plan.graph, list(self.position), self.state.seconds)
                    )
                if is_last and self.certifier is not None:
                    self._certify(self.certifier)
            finally:
                self.lock.release()

    def _loop(self) -> None:
        state = self.state
        while not (self.signals or state.is_stopping):
            if state.ready and len(state.running) < self.settings.workers:
                self._decide(heapq.heappop(state.ready)[2])
            elif state.running:
                self._take_result()
            elif state.in_front:
                self._run_in_front(state.in_front.pop(0))
            else:
                return
        if self.signals:
            self.children.interrupt()
        while state.running:
            self._take_result()

    def _finish(self) -> None:
        self.can_raise = False
        self._stop_work()
        self._leave(is_last=True)

    def _certify(self, certifier: Certifier) -> None:
        """Issue a certificate if all is done, all can be certified, and a look that ran nothing found all fresh."""
        state = self.state
        is_whole = len(state.ended) == len(state.waiting) and not (
            state.failed or self.signals or state.has_unrecorded
        )
        if not is_whole or not certifier.can_certify(self.plan, state.ended):
            return
        if state.seconds:
            if len(state.ended) > LOOK_AGAIN_TASKS:
                return
            if not self._look_again():
                return
        certifier.issue(self.plan, state.ended, self.facts, self.environ)

    def _look_again(self) -> bool:
        """Look at everything anew; True if all is fresh. What was written just now is given time to settle."""
        time.sleep(TICK_NS * 1.5e-9)
        self.ledger.saw(self.facts.settle(SETTLE_LIMIT_BYTES))
        self.facts = Facts(self.ledger.files, clock_ns(self.ledger.path))
        try:
            is_fresh = not any(
                self._reasons(name, rule)[1]
                for name, rule in self.plan.rules.items()
                if name in self.state.ended
            )
        except BuildError:
            is_fresh = False
        self.ledger.close()
        return is_fresh

    def _stop_work(self) -> None:
        """End all processes and threads."""
        if self.signals:
            self.children.interrupt()
        self.children.close()
        for _ in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()
        self.threads.clear()

    def _report(self, ordered: list[str], seconds: float) -> None:
        state = self.state
        real = [name for name in ordered if name in self.plan.rules or self.plan.tasks[name].actions]
        ended = sum(name in state.ended for name in real)
        self.reporter.end(
            Summary(
                selected=self.plan.selected,
                ran=ended - state.reused,
                reused=state.reused,
                failed=state.failed,
                left=len(real) - ended - state.failed,
                seconds=seconds,
                longest_path=longest_path(self.plan.graph, ordered, state.seconds),
                is_interrupted=bool(self.signals),
            )
        )

    # One task

    def _make_ready(self, name: str) -> None:
        rule = self.plan.rules.get(name)
        if rule is not None and rule.foreground:
            self.state.in_front.append(name)
            self.state.in_front.sort(key=self._front_order)
        else:
            heapq.heappush(self.state.ready, (-self.urgency[name], self.position[name], name))

    def _front_order(self, name: str) -> tuple[bool, int]:
        return isinstance(self.plan.rules[name], Service), self.position[name]

    def _end(self, name: str) -> None:
        """The task is done: those that waited for it alone are ready."""
        state = self.state
        state.ended.add(name)
        for dependent in state.dependents[name]:
            state.waiting[dependent] -= 1
            if not state.waiting[dependent]:
                self._make_ready(dependent)

    def _decide(self, name: str) -> None:
        rule = self.plan.rules.get(name)
        if rule is None:
            self._run_plain(name)
            return
        try:
            observed, why = self._reasons(name, rule)
        except BuildError as error:
            self._fail(name, Failure(str(error)), 0.0)
            return
        if not why:
            self.state.reused += 1
            self.reporter.reused(name)
            self._end(name)
            return
        self.can_raise = False
        self._start(name, rule, observed, why)
        self.can_raise = True

    def _reasons(self, name: str, rule: Rule) -> tuple[Trace, list[str]]:
        recorded = self.ledger.trace(name) if rule.is_recorded else None
        observed = observe(rule, self.plan.command(name), recorded, self.facts, self.environ)
        if rule.always:
            return observed, ["it asks the world and runs every time"]
        if isinstance(rule, Service):
            return observed, ["a service runs when it is asked for"]
        if rule.arguments and self._has_arguments(name):
            return observed, ["it was given arguments"]
        if self.settings.is_forced:
            return observed, ["--always-execute"]
        return observed, reasons(recorded, observed)

    def _has_arguments(self, name: str) -> bool:
        return name in self.plan.with_arguments

    def _start(self, name: str, rule: Rule, observed: Trace, why: list[str]) -> None:
        if not self.state.running and not self.threads:
            for folder in (LOGS, STAGING, HOME):
                os.makedirs(folder, exist_ok=True)
        with self._ledger_lock:
            self.ledger.start(
                name, {path: observed.outputs[path] for path in in_place(rule, self.plan.command(name))}
            )
        self.reporter.started(name, why)
        self.why[name] = why
        self.state.running[name] = observed
        if len(self.threads) < min(self.settings.workers, len(self.state.running)):
            thread = threading.Thread(target=self._work, args=(len(self.threads),), daemon=True)
            self.threads.append(thread)
            thread.start()
        owned = {path: list(digests) for path, digests in self.ledger.owned.get(name, {}).items()}
        self.jobs.put(work.Job(name, rule, self.plan.command(name), owned))

    def _work(self, lane: int) -> None:
        shop = work.Shop(os.getcwd(), self.environ, self.children, self._own, self._say)
        while (job := self.jobs.get()) is not None:
            try:
                self.results.put(work.perform(job, shop, lane))
            except BaseException as error:  # A bug must end the run, not leave it waiting.
                self.results.put(error)
                raise

    def _own(self, task: str, outputs: dict[str, str]) -> None:
        with self._ledger_lock:
            self.ledger.own(task, outputs)

    def _say(self, text: str) -> None:
        self.results.put(text)

    def _take_result(self) -> None:
        result = self.results.get()
        if result is None:
            return
        if isinstance(result, str):
            self.reporter.say(result)
        elif isinstance(result, BaseException):
            raise result
        else:
            self.can_raise = False
            self._record(result)
            self.can_raise = True

    def _record(self, result: work.Result) -> None:
        name, rule = result.task, self.plan.rules[result.task]
        before = self.state.running.pop(name)
        if result.failure is not None:
            with self._ledger_lock:
                self.ledger.forget(name)  # What it wrote in place has been put back.
            if not self.signals:
                self._fail(name, result.failure, result.seconds)
            return
        for path, seen in result.outputs.items():
            self.facts.remember(path, seen)
        self.facts.forget_listings(result.outputs)
        try:
            after = self._trace_after(rule, before, result)
            moved = self._moved(rule, before) if after is not None else None
        except BuildError as error:
            self._fail(name, Failure(str(error)), result.seconds)
            return
        if after is None or moved:
            self.state.has_unrecorded = True
            what = f"'{moved}'" if moved else "an input that it discovered"
            self.reporter.say(
                f"{what} changed while '{name}' ran: the result is not recorded, the next run makes it again"
            )
            after = None
        owned = {path: seen.digest for path, seen in result.outputs.items() if is_owned(rule, path)}
        with self._ledger_lock:
            self.ledger.done(name, after if rule.is_recorded else None, result.seconds, owned)
        self.state.seconds[name] = result.seconds
        self.spans.append(
            Span(name, result.started - self.began, result.seconds, result.lane, self.why.pop(name, ()))
        )
        self.reporter.succeeded(name, result.seconds)
        self._end(name)

    def _trace_after(self, rule: Rule, before: Trace, result: work.Result) -> Trace | None:
        """Return the trace to record, None if a discovered input moved while the command ran."""
        discovered, folders = {}, {}
        for path in result.discovered:
            if path in before.inputs or path in result.outputs:
                continue
            was_known = path in self.facts.seen
            discovered[path] = self.facts.digest(path)
            if discovered[path] == FOLDER:
                raise BuildError(
                    f"'{path}', discovered by '{result.task}', is a folder",
                    rule.discovers,
                    "List it in 'folders'.",
                )
            self._refuse_unordered(path, result.task, rule)
            if was_known and self.facts.has_moved(path):
                return None
            if not was_known and not _is_older(self.facts.seen[path].stamp, result.started_ns):
                return None
        for folder in result.folders:
            folders[folder] = listings.digest(folder)
        outputs = {path: seen.digest for path, seen in result.outputs.items()}
        return replace(before, discovered=discovered, folders=folders, outputs=outputs)

    def _refuse_unordered(self, path: str, task: str, rule: Rule) -> None:
        maker = self.plan.producers.of_file(path)
        if maker is None or maker == task or maker in self._ancestors(task):
            return
        raise BuildError(
            f"'{task}' read '{path}', which '{maker}' makes", rule.where, "Declare it as an input."
        )

    def _ancestors(self, task: str) -> set[str]:
        found, rest = set(), [task]
        while rest:
            for dependency in self.plan.graph[rest.pop()]:
                if dependency not in found:
                    found.add(dependency)
                    rest.append(dependency)
        return found

    def _moved(self, rule: Rule, before: Trace) -> str:
        """Return an input that is not what it was when the task started, or ""."""
        for path in (*before.inputs, *before.identity["tool"]):
            if self.facts.has_moved(path):
                return path
        if any(is_pattern(path) or is_tree(path) for path in rule.inputs):
            fresh = Facts(self.facts.known)
            fresh.seen = self.facts.seen
            now = inputs_of(rule, fresh)
            return min(now.keys() ^ before.inputs.keys(), default="")
        return ""

    def _fail(self, name: str, failure: Failure, seconds: float) -> None:
        self.state.failed += 1
        self.state.is_stopping = not self.settings.is_continuing
        self.reporter.failed(name, failure, seconds)

    def _run_plain(self, name: str) -> None:
        """Run a plain doit task the way doit does; without a rule it is never recorded."""
        task = self.plan.tasks[name]
        if task.actions:
            from doit.task import Stream

            started = time.perf_counter()
            self.reporter.started(name, ["it is a plain doit task"])
            failure = task.execute(Stream(task.verbosity))
            seconds = time.perf_counter() - started
            if failure is not None:
                self._fail(name, Failure(str(failure.get_msg()).strip()), seconds)
                return
            self.reporter.succeeded(name, seconds)
        self._end(name)

    # The foreground

    def _run_in_front(self, name: str) -> None:
        rule = self.plan.rules[name]
        if self.lock.file is None:
            self._enter()
        try:
            observed, why = self._reasons(name, rule)
            words = command.resolve(self.plan.command(name)) if why else []
        except BuildError as error:
            self._fail(name, Failure(str(error)), 0.0)
            return
        if not why:
            self.state.reused += 1
            self.reporter.reused(name)
            self._end(name)
            return
        os.makedirs(HOME, exist_ok=True)
        is_recorded = rule.is_recorded and not self._has_arguments(name)
        if is_recorded:
            self.ledger.start(name, {})
        self._stop_work()
        self._leave()
        self.reporter.started(name, why)
        gc.enable()
        started = time.perf_counter()
        code, was_asked = foreground.run(words, compose(rule, self.environ, os.getcwd()))
        seconds = time.perf_counter() - started
        if was_asked:
            self.signals.append(signal.SIGINT)
            return
        if code:
            self._fail(name, Failure(work.exit_text(words, code), self.plan.command(name)), seconds)
            return
        self._record_in_front(name, rule, observed if is_recorded else None, seconds)

    def _record_in_front(self, name: str, rule: Rule, before: Trace | None, seconds: float) -> None:
        if before is not None:
            seen = self.facts.seen
            self._enter()
            self.facts.seen = seen
            moved = self._moved(rule, before)
            if moved:
                self.reporter.say(f"'{moved}' changed while '{name}' ran: the result is not recorded")
            self.ledger.done(name, None if moved else before, seconds, {})
        self.state.seconds[name] = seconds
        self.reporter.succeeded(name, seconds)
        self._end(name)

    # Signals

    def _signalled(self, number: int) -> None:
        self.signals.append(number)
        self.results.put(None)
        if self.can_raise:
            raise Interrupted


def _is_older(stamp: tuple[int, ...], moment_ns: int) -> bool:
    """True if what has this stamp was last changed before the moment."""
    return all(stamp[position] < moment_ns for position in range(1, len(stamp), 4))


class _Signals:
    """While it is entered, signals that ask us to end call a function."""

    def __init__(self, call: Callable[[int], None]) -> None:
        self.call = call
        self.before: dict = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                if (number := getattr(signal, name, None)) is not None:
                    self.before[number] = signal.signal(number, lambda number, _frame: self.call(number))

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
