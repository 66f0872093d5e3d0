"""The loop: it decides in the main thread and has others work.

The ready task with the longest path before it goes first. A task is decided when all before it have ended:
only then is it known what its inputs are. A fresh task costs a look at its files and no thread. A stale one
is written down as started, its command runs in a thread, and when it has ended the main thread compares its
inputs with what they were before it ran; only if none has moved is the success recorded.

Tasks that own the terminal wait until all other work has ended and the lock is released, so that a second
terminal can build.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import cached_property

from buildgraph.act import signals
from buildgraph.act.signals import signal
from buildgraph.act.staging import are_back, found_in_place
from buildgraph.decide.graph import longest_path
from buildgraph.decide.observation import unmatched
from buildgraph.decide.plan import Plan
from buildgraph.decide.schedule import Schedule
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError, Interrupted
from buildgraph.fields import Value, fresh
from buildgraph.layout import FAILED, LOGS, file_name_of
from buildgraph.library import all_located
from buildgraph.outlet import UNREAD
from buildgraph.proof.certifier import Certifier
from buildgraph.record import attempts, failures
from buildgraph.record.attempts import Attempt
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.rules.secrets import without_logins
from buildgraph.rules.values import Check, Rule, Service
from buildgraph.running.afterwards import moved_or_trace
from buildgraph.running.chronicle import Chronicle
from buildgraph.running.crew import Crew
from buildgraph.running.logs import last_line, note_command
from buildgraph.running.reporter import CACHED, Failure, Lines, Plain, Summary, cause
from buildgraph.running.session import Session
from buildgraph.running.work import Job, Result, Shop
from buildgraph.serving import SAVED, WORKER
from buildgraph.typed import typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.store.dealing import Dealing
    from buildgraph.store.store import Store

LOOK_AGAIN_TASKS = 2000
"""A run that made more leaves the certificate to the next one."""


class Settings(Value):
    """What the command line asks of a run."""

    workers: int = 1
    is_continuing: bool = False
    is_forced: bool = False
    is_waiting: bool = True
    is_verbose: bool = False
    is_caching: bool = False
    """True if results of cached rules are taken from the store, and kept there."""
    title: str = "doit"


class State(Value, frozen=False):
    """How far a run has come."""

    running: dict[str, Trace] = fresh(dict)
    seconds: dict[str, float] = fresh(dict)
    signals: list[int] = fresh(list)
    reused: int = 0
    proved: int = 0
    """How many of the reused tasks were proved fresh before the run began."""
    failed: int = 0
    missed: int = 0
    """How many files that were asked for their tasks have not made."""
    has_answered: bool = False
    served_seconds: float | None = None
    """How long a service went on that was asked to end."""
    is_stopping: bool = False
    is_broken: bool = False
    """True if a bug ends the run."""


class Loop:
    """One run of a plan."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        lock: Lock,
        reporter: Plain | Lines,
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
        self.session: Session | None = None
        self.crew = Crew()
        self.shop: Shop | None = None
        self.state = State()
        self.schedule = Schedule({}, [], {}, self._front)
        self.chronicle = Chronicle()
        self.store: Store | None = None
        """The store, once a cached rule is stale."""
        self.dealings: dict[str, Dealing] = {}
        self._can_raise = True

    # The run

    def run(self) -> int:
        """Run the plan and return the exit code."""
        self.chronicle.begin()
        ordered = self.plan.ordered()
        with signals.Handled(self._signalled):
            try:
                self._begin(ordered)
                self._loop()
            except Interrupted:
                self.state.signals = self.state.signals or [signal.SIGINT]
            except BaseException:
                self.state.is_broken = True
                raise
            finally:
                self._finish()
        self._report(ordered)
        if self.state.signals:
            return 130
        if self.reporter.is_unread:
            return UNREAD
        return 1 if self.state.failed or self.state.missed else 0

    def hold(self, certifier: Certifier | None = None) -> Session:
        """Return the session, begun if the lock is not held: a task that owns the terminal goes without it."""
        if self.session is None:
            self.lock.acquire(self.settings.title, self.settings.is_waiting, self.reporter.say)
            with self.undisturbed():
                self.session = Session(
                    self.plan, self.lock, self.ledger, self.environ, self.reporter.say, certifier
                )
        return self.session

    def leave(self, is_last: bool = False) -> None:
        """Write what was learned and release the lock."""
        if self.lock.file is None:
            return
        try:
            if self.session is not None:
                self.session.write_down()
                if is_last:
                    self._conclude(self.session)
        finally:
            self.session = None
            self.lock.release()

    @property
    def is_asked_to_end(self) -> bool:
        """True after a signal, and if the reader of the run's output has gone."""
        return bool(self.state.signals) or self.reporter.is_unread

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Let no signal raise in a block that must be done as a whole; the loop asks for signals after it."""
        before, self._can_raise = self._can_raise, False
        try:
            yield
        finally:
            self._can_raise = before

    def _begin(self, ordered: list[str]) -> None:
        self.hold(self.certifier)
        fresh: Set[str] = frozenset()
        if self.certifier is not None:
            fresh = self.certifier.proved(self.plan, ordered, self.ledger, self.environ)
        self.schedule = Schedule(self.plan.schedule, ordered, self.ledger.seconds, self._front, fresh)
        self.reporter.begin(len(ordered))
        proved = list(filter(fresh.__contains__, self.plan.rules))
        self.state.proved = self.state.reused = len(proved)
        for name in proved:
            self.reporter.reused(name)

    def _loop(self) -> None:
        schedule, running = self.schedule, self.state.running
        while not (self.is_asked_to_end or self.state.is_stopping):
            if schedule.has_ready and len(running) < self.settings.workers:
                self._decide(schedule.take())
            elif running:
                self._take_outcome()
            elif schedule.has_front:
                from buildgraph.running.foreground import run_in_front

                run_in_front(self, schedule.take_front())
            else:
                self._miss_what_was_wanted()
                return

    def _miss_what_was_wanted(self) -> None:
        """Fail for each file that the command line names and that its task has not made."""
        for path, task in self.plan.wanted.items():
            if not os.path.lexists(path):
                from buildgraph.decide.words import near_in_tree

                self.state.missed += 1
                what = f"it makes no '{path}'. {near_in_tree(path)}".rstrip()
                self.reporter.failed(task, Failure(what), 0.0)

    def _finish(self) -> None:
        """Wait for what is running, ended first if the run is asked to end, and record what has succeeded."""
        self._can_raise = False
        state = self.state
        if self.session is not None and (self.is_asked_to_end or state.is_broken):
            self.session.children.interrupt()
        while state.running and not state.is_broken:
            self._take_outcome()
        self.stop_work()
        self.tell()
        try:
            self.leave(is_last=True)
        except BuildError:
            if not state.is_broken:  # Otherwise what broke it is told.
                raise
        if self.store is not None and not state.is_broken:
            from buildgraph.running import caching

            caching.end(self)

    def tell(self) -> None:
        """Write for `doit trace` what ran until now; a later call says more of the same run."""
        if self.chronicle.spans and not self.state.is_broken:
            is_served = WORKER in self.environ
            title = self.environ.get(SAVED, "") if is_served else ""
            said = (title or self.settings.title, self._longest_path, self.reporter.say)
            self.chronicle.keep(*said, self.state.reused, is_served)

    def stop_work(self) -> None:
        """End all processes and threads."""
        if self.session is not None:
            self.session.children.close()
        self.crew.stop()

    # The end of a run

    def _conclude(self, session: Session) -> None:
        """Write the certificate, if all is proved fresh."""
        if self.certifier is not None and not self.state.is_broken:
            self._certify(self.certifier, session)

    def _certify(self, certifier: Certifier, session: Session) -> None:
        """Issue a certificate if all is done, all can be certified, and a look that ran nothing found all fresh."""
        state = self.state
        if state.failed:
            certifier.doubt()
        if not self.schedule.is_whole or self.is_asked_to_end or state.missed:
            return
        looked_at = self.schedule.ended - self.schedule.fresh
        if not certifier.can_certify(self.plan, looked_at):
            return
        if certifier.hindrance:
            self.reporter.say(f"note: {certifier.hindrance}, so every run loads 'dodo.py'")
            return
        if state.seconds and (len(state.seconds) > LOOK_AGAIN_TASKS or not session.is_fresh(looked_at)):
            return
        certifier.issue(self.plan, looked_at, session.facts, self.environ, self.ledger)

    @cached_property
    def _failed_before(self) -> frozenset[str]:
        """The files in which earlier runs have kept failures."""
        try:
            return frozenset(os.listdir(FAILED))
        except OSError:
            return frozenset()

    @cached_property
    def _longest_path(self) -> list[str]:
        """The tasks that took longest one after the other; asked for when all work has ended."""
        return longest_path(self.plan.schedule, self.schedule.rest, self.state.seconds)

    def _report(self, ordered: list[str]) -> None:
        state = self.state
        real = list(filter(self.plan.is_real, self.schedule.rest if self.schedule.size else ordered))
        ended = sum(name in self.schedule.ended for name in real)
        self.reporter.end(
            Summary(
                selected=self.plan.selected,
                ran=self.chronicle.ran,
                cached=self.chronicle.cached,
                succeeded=ended - (state.reused - state.proved),
                reused=state.reused,
                failed=state.failed + state.missed,
                left=len(real) - ended - state.failed,
                seconds=self.chronicle.seconds,
                longest_path=self._longest_path,
                is_interrupted=bool(state.signals),
                has_answered=state.has_answered,
                served_seconds=state.served_seconds,
                is_verbose=self.settings.is_verbose,
                opens=self.plan.opens,
            )
        )

    # One task

    def fail(self, name: str, failure: Failure, seconds: float, trace: Trace | None = None) -> None:
        """Enter that a task has failed, on what the trace says if its command was started."""
        if trace is not None and self.plan.rules[name].is_recorded:
            if name in self.plan.with_arguments:
                self._keep_attempt(name, cause(failure))
            else:
                failures.keep(name, cause(failure), trace, time.time())
        self.state.failed += 1
        is_verdict = isinstance(self.plan.rules.get(name), Check)  # of which others are independent
        self.state.is_stopping = self.state.is_stopping or not (self.settings.is_continuing or is_verdict)
        if not (failure.words or failure.log):
            self.reporter.failed(name, failure, seconds)
            return
        again = without_logins(typed([name, *self.plan.given.get(name, ())], self.environ))
        self.reporter.failed(name, failure.replaced(again=again), seconds)
        if failure.words:
            note_command(name, failure.words, failure.environment, bool(failure.log))

    def reuse(self, name: str) -> None:
        """Enter that a task is up to date."""
        self.state.reused += 1
        self.reporter.reused(name)
        self.schedule.end(name)

    def succeed(self, name: str, seconds: float, is_cached: bool = False) -> None:
        """Enter that a task has ended well, its command or what the store had of it."""
        rule = self.plan.rules.get(name)
        if self._failed_before and file_name_of(name) in self._failed_before:
            failures.drop(name)
        if rule is not None and rule.is_recorded and name in self.plan.with_arguments:
            self._keep_attempt(name)
        self.reporter.succeeded(name, seconds, CACHED if is_cached else "ran" if rule is None else rule.done)
        self.schedule.end(name)

    def _keep_attempt(self, name: str, failure: str = "") -> None:
        words = [name, *self.plan.given.get(name, ())]
        attempts.keep(name, Attempt(words, time.time(), failure))

    def _front(self, name: str) -> int | None:
        """Return None for a background task, 0 for a check that owns the terminal, 1 for a service."""
        rule = self.plan.rules.get(name)
        return None if rule is None or not rule.foreground else int(isinstance(rule, Service))

    def _decide(self, name: str) -> None:
        session = self.hold()
        rule = self.plan.rules.get(name)
        if not (rule or self.plan.is_real(name) or name in self.plan.plain.reads):
            self.schedule.end(name)
            return
        if rule is None:
            from buildgraph.running.plain import run_plain

            run_plain(self, session, name)
            return
        try:
            observed, why = session.need(name, self.settings.is_forced)
        except BuildError as error:
            self.fail(name, Failure(str(error)), 0.0)
            return
        if not why:
            self.reuse(name)
            return
        if rule.cached and self.settings.is_caching and name not in self.plan.with_arguments:
            from buildgraph.running import caching

            self.dealings[name], observed = caching.deal(self, session, name, observed)
        with self.undisturbed():
            self._start(session, name, rule, observed, why)

    def _start(self, session: Session, name: str, rule: Rule, observed: Trace, why: Sequence[str]) -> None:
        running = self.state.running
        if self.shop is None or not (running or self.crew.is_working):
            self.shop = session.shop(self.crew.say)
        words = self.plan.command(name)
        owned = {path: list(digests) for path, digests in self.ledger.owned.get(name, {}).items()}
        killed = self.ledger.running.get(name, {})
        with session.writing:
            self.ledger.start(name, found_in_place(rule, words, observed.outputs, owned, killed))
            before = dict(self.ledger.running[name])
        for sentence in unmatched(rule, session.facts):
            self.reporter.say(f"note: {name}: {sentence}")
        self.reporter.started(name, why)
        self.chronicle.why[name] = why
        running[name] = observed
        sources = (*observed.inputs, *observed.discovered, *all_located(observed.identity["tool"]))
        size = min(self.settings.workers, len(running))
        dealing = self.dealings.get(name) if self.dealings else None
        job = Job(name, rule, words, owned, before, sources, observed.identity["tool"], dealing)
        self.crew.give(job, self.shop, size)

    def _take_outcome(self) -> None:
        """Wait for what a thread has to tell."""
        with self.undisturbed():
            outcome = self.crew.take(self.reporter.tick_seconds)
            if outcome is None:
                self.reporter.tick(self._doing)
            elif outcome.result is not None:
                self._record(self.hold(), outcome.result)
            elif outcome.sentence:
                self.reporter.say(outcome.sentence)
            elif outcome.bug is not None:
                self.state.is_broken = True
                raise outcome.bug

    def _record(self, session: Session, result: Result) -> None:
        name, rule = result.task, self.plan.rules[result.task]
        before = self.state.running.pop(name)
        dealing = self.dealings.pop(name, None)
        if result.failure is not None:
            with session.writing:
                if are_back(self.ledger.running.get(name, {}), self.ledger.owned.get(name, {})):
                    self.ledger.forget(name)  # Otherwise what an earlier, killed attempt left is there again.
            if not self.is_asked_to_end:
                self.chronicle.note(name, result.started, result.seconds, result.lane, cause(result.failure))
                self.fail(name, result.failure, result.seconds, before)
            return
        session.facts.replace(before.outputs, result.outputs)
        try:
            moved, trace = moved_or_trace(self.plan, before, result, session.facts)
        except BuildError as error:
            self.chronicle.note(name, result.started, result.seconds, result.lane, str(error))
            self.fail(name, Failure(str(error)), result.seconds, before)
            return
        if moved:
            self.reporter.say(
                f"'{moved}' changed while '{name}' ran: the result is not recorded, the next run makes it again"
            )
            session.children.retire_workers()  # What they keep of it can be of before or of after.
        is_recorded = rule.is_recorded and not moved and name not in self.plan.with_arguments
        seconds = result.seconds if dealing is None or dealing.seconds is None else dealing.seconds
        with session.writing:
            self.ledger.done(name, trace if is_recorded else None, seconds, result.owned)
        if dealing is not None and is_recorded:
            dealing.record(trace, result.seconds)
        is_hit = dealing is not None and dealing.is_hit
        self.state.seconds[name] = result.seconds
        self.chronicle.note(name, result.started, result.seconds, result.lane, is_cached=is_hit)
        self.succeed(name, result.seconds, is_hit)
        if rule.tells and result.log:
            self.reporter.say(f"        {last_line(result.log)}")

    def _doing(self, name: str) -> str:
        """Return the last line that a running command has said."""
        lane = self.crew.lanes.get(name)
        return "" if lane is None else last_line(f"{LOGS}/running-{lane}")

    def _signalled(self, number: int) -> None:
        self.state.signals.append(number)
        self.crew.wake()
        if self._can_raise:
            raise Interrupted
