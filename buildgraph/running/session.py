"""A session: the checkout held, from the moment the lock is had until it is given back."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from buildgraph.act.processes import Children
from buildgraph.act.staging import clear_staging
from buildgraph.decide.need import need
from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError, cannot_write
from buildgraph.layout import HOME, LOGS, STAGING, is_exact
from buildgraph.library import all_located
from buildgraph.observe.facts import Facts
from buildgraph.observe.stamps import TICK_NS
from buildgraph.proof.certifier import Certifier
from buildgraph.proof.untouched import is_open
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock, clock_ns
from buildgraph.running import leftovers, work

SETTLE_LIMIT_BYTES = 1 << 20
"""Larger files that are too fresh to trust their stamps are read again by the next run, not at the end of this one."""


class Session:
    """Lock, ledger, facts and processes, all of one period; the lock is held when it is made."""

    def __init__(
        self,
        plan: Plan,
        lock: Lock,
        ledger: Ledger,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        certifier: Certifier | None = None,
    ) -> None:
        self.plan = plan
        self.lock = lock
        self.ledger = ledger
        self.environ = environ
        self.clock_ns = clock_ns()
        ledger.load(is_writer=True, mark=certifier.mark if certifier else None)
        for notice in ledger.notices:
            say(notice)
        ledger.notices.clear()
        self.facts = Facts(ledger.files, self.clock_ns)
        self.children = Children(lock.file)
        self.fresh: set[str] = set()
        """The tasks that need not run."""
        self.writing = threading.Lock()
        """Held while the ledger is written."""
        clear_staging()
        # Since a certificate under which nothing has changed, nothing was left over.
        if certifier is None or not certifier.is_unchanged(ledger.since):
            for sentence in leftovers.remove(ledger, plan.rules, plan.maker):
                say(sentence)

    def need(self, task: str, is_forced: bool = False) -> tuple[Trace, list[str]]:
        """Return what a task depends on now and why it must run, nothing if it need not; raise if an input is missing."""
        rule = self.plan.rules[task]
        self.plan.plain.refuse_missing(rule)
        recorded = self.ledger.trace(task) if rule.is_recorded else None
        observed, why = need(self.plan, task, recorded, self.facts, self.environ, is_forced)
        if not why:
            self.fresh.add(task)
        return observed, why

    def shop(self, say: Callable[[str], None]) -> work.Shop:
        """Return what all jobs share."""
        make_folders(LOGS, STAGING, HOME)
        return work.Shop(os.getcwd(), self.environ, self.children, self._own, say)

    def look_anew(self, running: Mapping[str, Trace]) -> None:
        """Forget what was seen, since a plain task may write anywhere; not what running commands will be compared with."""
        kept: set[str] = set()
        for trace in running.values():
            kept.update(trace.inputs, trace.discovered, all_located(trace.identity["tool"]))
        self.facts.seen = {path: seen for path, seen in self.facts.seen.items() if path in kept}
        self.fresh.clear()
        self.facts.forget_listings([""])
        self.children.retire_workers()

    def write_down(self) -> None:
        """Write what was learned of files."""
        self.ledger.saw(self.facts.settle(SETTLE_LIMIT_BYTES))
        self.ledger.close()

    def is_fresh(self, tasks: Iterable[str]) -> bool:
        """Tell whether none of these tasks must run; what was just written is given time to settle.

        A task that was found fresh in this session and names all its files is still fresh if they are unchanged.
        """
        time.sleep(TICK_NS * 1.5e-9)
        self.ledger.saw(self.facts.settle(SETTLE_LIMIT_BYTES))
        rules = self.plan.rules
        names = [name for name in tasks if name in rules and (name not in self.fresh or is_open(rules[name]))]
        try:
            if again := self.facts.again():
                self.facts = again
            is_fresh = again is not None and not any(self.need(name)[1] for name in names)
        except BuildError:
            is_fresh = False
        self.ledger.close()
        return is_fresh

    def _own(self, task: str, outputs: dict[str, str]) -> None:
        rule = self.plan.rules[task]
        if not all(map(is_exact, rule.outputs)):  # Exact ones were compared when they were declared.
            self.plan.producers.refuse_shared(outputs, task)
        with self.writing:
            self.ledger.own(task, outputs)


def make_folders(*folders: str) -> None:
    """Make folders of the build's state; raise BuildError if one cannot be made."""
    for folder in folders:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from None
