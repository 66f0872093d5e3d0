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
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from queue import SimpleQueue

from buildgraph.act import bytecode, command, foreground, leftovers, signals
from buildgraph.act.environment import compose
from buildgraph.act.outputs import are_back, clear_staging, found_in_place
from buildgraph.act.processes import Children
from buildgraph.decide.graph import longest_path
from buildgraph.decide.need import PLAIN, need
from buildgraph.decide.observation import unmatched
from buildgraph.decide.plain import missing_dependency
from buildgraph.decide.plan import Plan
from buildgraph.decide.schedule import Schedule
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError, Interrupted, cannot_write
from buildgraph.layout import HOME, LOGS, STAGING
from buildgraph.observe.facts import Facts
from buildgraph.observe.stamps import TICK_NS
from buildgraph.outlet import UNREAD
from buildgraph.proof.certifier import Certifier
from buildgraph.record import timeline
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock, clock_ns
from buildgraph.record.timeline import Span
from buildgraph.rules.values import Rule, Service
from buildgraph.run import afterwards, work
from buildgraph.run.reporter import Failure, Summary

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

    running: dict[str, Trace] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    reused: int = 0
    failed: int = 0
    is_stopping: bool = False


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
        self.clock_ns = time.time_ns
        self.facts = Facts(ledger.files)
        self.state = State()
        self.children = Children()
        self.shop: work.Shop | None = None
        self.results: SimpleQueue = SimpleQueue()
        self.jobs: SimpleQueue = SimpleQueue()
        self.threads: list[threading.Thread] = []
        self.signals: list[int] = []
        self.can_raise = True
        self.is_broken = False
        self.began = 0.0
        self.schedule = Schedule({}, [], {}, self._front)
        self.spans: list[Span] = []
        self.why: dict[str, list[str]] = {}
        self._ledger_lock = threading.Lock()

    # The run

    def run(self) -> int:
        """Run the plan and return the exit code."""
        started = self.began = time.perf_counter()
        ordered = self.plan.ordered()
        with signals.Handled(self._signalled):
            try:
                self._begin(ordered)
                self._loop()
            except Interrupted:
                self.signals = self.signals or [signal.SIGINT]
            except BaseException:
                self.is_broken = True
                raise
            finally:
                self._finish()
        self._report(ordered, time.perf_counter() - started)
        if self.signals:
            return 130
        if self.reporter.is_unread:
            return UNREAD
        return 1 if self.state.failed else 0

    def _begin(self, ordered: list[str]) -> None:
        self._hold(self.certifier)
        since = self.ledger.since
        fresh = self.certifier.proved(self.plan, ordered, since) if self.certifier else frozenset()
        self.schedule = Schedule(self.plan.schedule, ordered, self.ledger.seconds, self._front, fresh)
        self.reporter.begin(len(ordered))
        for name in filter(fresh.__contains__, self.plan.rules):
            self._count_reused(name)

    def _hold(self, certifier: Certifier | None = None) -> None:
        """Take the lock and read the ledger, unless the lock is held: a task that owns the terminal goes without it."""
        if self.lock.file is None:
            self.lock.acquire(self.settings.title, self.settings.is_waiting, self.reporter.say)
            self.clock_ns = clock_ns()
            with self._undisturbed():
                self._enter(certifier)

    def _enter(self, certifier: Certifier | None) -> None:
        """Read the ledger; the lock is held. Since a certificate under which nothing has changed, nothing was left over."""
        self.ledger.load(is_writer=True, mark=certifier and certifier.mark)
        for notice in self.ledger.notices:
            self.reporter.say(notice)
        self.ledger.notices.clear()
        self.facts = Facts(self.ledger.files, self.clock_ns)
        self.children = Children(self.lock.file)
        clear_staging()
        if certifier is None or not certifier.is_as_it_was(self.ledger.since):
            for sentence in leftovers.remove(self.ledger, self.plan.rules, self.plan.maker):
                self.reporter.say(sentence)

    def _leave(self, is_last: bool = False) -> None:
        """Write what was learned and release the lock."""
        if self.lock.file is not None:
            try:
                self.ledger.saw(self.facts.settle(SETTLE_LIMIT_BYTES))
                self.ledger.close()
                if is_last and self.spans:
                    self._write_timeline()
                if is_last and self.certifier is not None and not self.is_broken:
                    self._certify(self.certifier)
            finally:
                self.lock.release()

    def _write_timeline(self) -> None:
        try:
            timeline.write(self.spans, self._longest_path)
        except BuildError as error:
            self.reporter.say(f"note: {error}")

    @cached_property
    def _longest_path(self) -> list[str]:
        """The tasks that took longest one after the other; asked for when all work has ended."""
        return longest_path(self.plan.schedule, list(self.schedule.position), self.state.seconds)

    @property
    def _is_asked_to_end(self) -> bool:
        """True after a signal, and if whoever reads what the run tells has gone."""
        return bool(self.signals) or self.reporter.is_unread

    def _loop(self) -> None:
        schedule, running = self.schedule, self.state.running
        while not (self._is_asked_to_end or self.state.is_stopping):
            if schedule.has_ready and len(running) < self.settings.workers:
                self._decide(schedule.take())
            elif running:
                self._take_result()
            elif schedule.has_front:
                self._run_in_front(schedule.take_front())
            else:
                return

    def _finish(self) -> None:
        """Wait for what is running, ended first if the run is asked to end, and record what has succeeded."""
        self.can_raise = False
        if self._is_asked_to_end or self.is_broken:
            self.children.interrupt()
        while self.state.running and not self.is_broken:
            self._take_result()
        self._stop_work()
        try:
            self._leave(is_last=True)
        except BuildError:
            if not self.is_broken:  # Otherwise what broke it is told.
                raise

    def _certify(self, certifier: Certifier) -> None:
        """Issue a certificate if all is done, all can be certified, and a look that ran nothing found all fresh."""
        state = self.state
        if state.failed:
            certifier.doubt()
        if not self.schedule.is_whole or self._is_asked_to_end:
            return
        looked_at = self.schedule.ended - self.schedule.fresh
        if not certifier.can_certify(self.plan, looked_at):
            return
        if certifier.hindrance:
            self.reporter.say(f"note: {certifier.hindrance}, so every run loads 'dodo.py'")
            return
        if state.seconds and (len(looked_at) > LOOK_AGAIN_TASKS or not self._look_again(looked_at)):
            return
        certifier.issue(self.plan, looked_at, self.facts, self.environ, self.ledger.mark)

    def _look_again(self, tasks: Set[str]) -> bool:
        """Look at all tasks that are not proved fresh; True if they are. What was written just now is given time to settle."""
        time.sleep(TICK_NS * 1.5e-9)
        self.ledger.saw(self.facts.settle(SETTLE_LIMIT_BYTES))
        self.facts = Facts(self.ledger.files, self.clock_ns)
        try:
            rules = self.plan.rules
            is_fresh = not any(self._reasons(name, rules[name])[1] for name in tasks if name in rules)
        except BuildError:
            is_fresh = False
        self.ledger.close()
        return is_fresh

    def _stop_work(self) -> None:
        """End all processes and threads."""
        self.children.close()
        for _ in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()
        self.threads.clear()

    def _report(self, ordered: list[str], seconds: float) -> None:
        state = self.state
        real = [name for name in ordered if self.plan.is_real(name)]
        ended = sum(name in self.schedule.ended for name in real)
        self.reporter.end(
            Summary(
                selected=self.plan.selected,
                ran=ended - state.reused,
                reused=state.reused,
                failed=state.failed,
                left=len(real) - ended - state.failed,
                seconds=seconds,
                longest_path=self._longest_path,
                is_interrupted=bool(self.signals),
            )
        )

    # One task

    def _front(self, name: str) -> int | None:
        """Return None for a task that runs behind, 0 for a check that owns the terminal, 1 for a service."""
        rule = self.plan.rules.get(name)
        return None if rule is None or not rule.foreground else int(isinstance(rule, Service))

    def _decide(self, name: str) -> None:
        self._hold()
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
            self._reuse(name)
            return
        with self._undisturbed():
            self._start(name, rule, observed, why)

    def _reuse(self, name: str) -> None:
        """The task is up to date."""
        self._count_reused(name)
        self.schedule.end(name)

    def _count_reused(self, name: str) -> None:
        self.state.reused += 1
        self.reporter.reused(name)

    def _reasons(self, name: str, rule: Rule) -> tuple[Trace, list[str]]:
        self.plan.plain.refuse_missing(rule)
        recorded = self.ledger.trace(name) if rule.is_recorded else None
        return need(self.plan, name, recorded, self.facts, self.environ, self.settings.is_forced)

    def _has_arguments(self, name: str) -> bool:
        return name in self.plan.with_arguments

    def _start(self, name: str, rule: Rule, observed: Trace, why: list[str]) -> None:
        if not self.state.running and not self.threads:
            _make_folders(LOGS, STAGING, HOME)
            self.shop = work.Shop(os.getcwd(), self.environ, self.children, self._own, self._say)
        owned = {path: list(digests) for path, digests in self.ledger.owned.get(name, {}).items()}
        killed = self.ledger.running.get(name, {})
        with self._ledger_lock:
            self.ledger.start(
                name, found_in_place(rule, self.plan.command(name), observed.outputs, owned, killed)
            )
            before = dict(self.ledger.running[name])
        for sentence in unmatched(rule, self.facts):
            self.reporter.say(f"note: {name}: {sentence}")
        self.reporter.started(name, why)
        self.why[name] = why
        self.state.running[name] = observed
        if len(self.threads) < min(self.settings.workers, len(self.state.running)):
            thread = threading.Thread(target=self._work, args=(len(self.threads),), daemon=True)
            self.threads.append(thread)
            thread.start()
        sources = (*observed.inputs, *observed.discovered, *observed.identity["tool"])
        self.jobs.put(work.Job(name, rule, self.plan.command(name), owned, before, sources))

    def _work(self, lane: int) -> None:
        try:
            while (job := self.jobs.get()) is not None:
                self.results.put(work.perform(job, self.shop, lane))
        except BaseException as error:  # A bug must end the run, not leave it waiting.
            self.results.put(error)
            raise

    def _own(self, task: str, outputs: dict[str, str]) -> None:
        self.plan.producers.refuse_shared(outputs, task)
        with self._ledger_lock:
            self.ledger.own(task, outputs)

    def _say(self, text: str) -> None:
        self.results.put(text)

    def _take_result(self) -> None:
        """Wait for what a thread has to tell; a signal puts a `None` there, since raising could lose what was just taken."""
        with self._undisturbed():
            result = self.results.get()
            if isinstance(result, work.Result):
                self._record(result)
            elif isinstance(result, str):
                self.reporter.say(result)
            elif result is not None:
                self.is_broken = True
                raise result

    def _record(self, result: work.Result) -> None:
        name, rule = result.task, self.plan.rules[result.task]
        before = self.state.running.pop(name)
        if result.failure is not None:
            with self._ledger_lock:
                if are_back(self.ledger.running.get(name, {}), self.ledger.owned.get(name, {})):
                    self.ledger.forget(name)  # Otherwise what an earlier, killed attempt left is there again.
            if not self._is_asked_to_end:
                self._fail(name, result.failure, result.seconds)
            return
        for path, seen in result.outputs.items():
            self.facts.remember(path, seen)
        self.facts.forget_listings(result.outputs)
        for path in before.outputs.keys() - result.outputs.keys():
            self.facts.seen.pop(path, None)  # A file of a tree that is not made any more.
        try:
            moved, trace = afterwards.moved_or_trace(self.plan, before, result, self.facts)
        except BuildError as error:
            self._fail(name, Failure(str(error)), result.seconds)
            return
        if moved:
            self.reporter.say(
                f"'{moved}' changed while '{name}' ran: the result is not recorded, the next run makes it again"
            )
        is_recorded = rule.is_recorded and not moved
        with self._ledger_lock:
            self.ledger.done(name, trace if is_recorded else None, result.seconds, result.owned)
        self.state.seconds[name] = result.seconds
        self.spans.append(
            Span(name, result.started - self.began, result.seconds, result.lane, self.why.pop(name, ()))
        )
        self.reporter.succeeded(name, result.seconds)
        self.schedule.end(name)

    def _fail(self, name: str, failure: Failure, seconds: float) -> None:
        self.state.failed += 1
        self.state.is_stopping = not self.settings.is_continuing
        self.reporter.failed(name, failure, seconds)

    def _run_plain(self, name: str) -> None:
        """Run a plain doit task the way doit does; without a rule it is never recorded."""
        plain = self.plan.plain
        missing = next((path for path in plain.reads.get(name, ()) if not os.path.isfile(path)), None)
        if missing is not None:
            self._fail(name, Failure(str(missing_dependency(missing, name, self.plan.maker(missing)))), 0.0)
            return
        if self.plan.acts is not None and self.plan.tasks[name].acts:
            self.reporter.started(name, [PLAIN])
            self.reporter.leave_terminal()
            started = time.perf_counter()
            options, words = self.plan.options.get(name, {}), self.plan.words.get(name, ())
            bytecode.distrust_all()
            what, log = self.plan.acts.run(name, options, words)
            self._look_anew()
            if what:
                self._fail(name, Failure(what, log=log), time.perf_counter() - started)
                return
            self.reporter.succeeded(name, time.perf_counter() - started)
        self.schedule.end(name)

    def _look_anew(self) -> None:
        """Forget what was seen, since a plain task may write anywhere; not what running commands will be compared with."""
        kept: set[str] = set()
        for trace in self.state.running.values():
            kept.update(trace.inputs, trace.identity["tool"])
        self.facts.seen = {path: seen for path, seen in self.facts.seen.items() if path in kept}
        self.facts.forget_listings([""])

    # The foreground

    def _run_in_front(self, name: str) -> None:
        rule = self.plan.rules[name]
        self._hold()
        try:
            observed, why = self._reasons(name, rule)
            words = command.resolve(self.plan.command(name)) if why else []
        except BuildError as error:
            self._fail(name, Failure(str(error)), 0.0)
            return
        if not why:
            self._reuse(name)
            return
        is_recorded = rule.is_recorded and not self._has_arguments(name)
        with self._undisturbed():
            _make_folders(HOME)
            if is_recorded:
                self.ledger.start(name, {})
            self._stop_work()
            self._leave()
        if self._is_asked_to_end:
            return
        self.schedule.fresh = frozenset()
        if self.certifier is not None:
            self.certifier.drop()
        self.reporter.started(name, why)
        self.reporter.leave_terminal()
        if self._is_asked_to_end:
            return
        gc.enable()
        bytecode.distrust_all()
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
            self._hold()
            self.facts.seen = seen
            moved = afterwards.moved(rule, before, self.facts)
            if moved:
                self.reporter.say(f"'{moved}' changed while '{name}' ran: the result is not recorded")
            self.ledger.done(name, None if moved else before, seconds, {})
        self.state.seconds[name] = seconds
        self.reporter.succeeded(name, seconds)
        self.schedule.end(name)

    # Signals

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Let no signal raise in a block that must be done as a whole; the loop asks for signals after it."""
        before, self.can_raise = self.can_raise, False
        try:
            yield
        finally:
            self.can_raise = before

    def _signalled(self, number: int) -> None:
        self.signals.append(number)
        self.results.put(None)
        if self.can_raise:
            raise Interrupted


def _make_folders(*folders: str) -> None:
    for folder in folders:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from None
