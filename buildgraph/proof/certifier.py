"""The certifier: what a run has relied on, gathered into a certificate for its command line, and used by the next run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress

from buildgraph.decide.plan import Plan
from buildgraph.layout import LEDGER
from buildgraph.library import NAME, is_elsewhere
from buildgraph.observe.facts import Facts
from buildgraph.observe.loading import module_files
from buildgraph.observe.stamps import is_settled, take
from buildgraph.proof import contents
from buildgraph.proof.defined import Defined
from buildgraph.proof.proof import Proof
from buildgraph.proof.untouched import Moved, touched, untouched
from buildgraph.record.ledger import Ledger, Mark

SHOWN = 4
"""Selected tasks that the certificate's sentence names."""


class Certifier:
    """Issues the certificate of one command line, and says what an earlier one still proves."""

    def __init__(self, defined: Defined, selection: Sequence[str]) -> None:
        self.defined = defined
        self.selection = selection
        self._proof: Proof | None = None
        self._fresh: set[str] | frozenset[str] = frozenset()

    @property
    def mark(self) -> Mark | None:
        """Where the ledger ended when the earlier certificate was issued."""
        evidence = self.defined.evidence
        return None if evidence is None else evidence.mark

    def is_unchanged(self, since: Set[str] | None) -> bool:
        """Tell whether graph and ledger are those of the earlier certificate; `since` is what the ledger tells since then."""
        return self.defined.is_stored and since is not None and not since

    def proved(
        self, plan: Plan, ordered: Sequence[str], ledger: Ledger, environ: Mapping[str, str]
    ) -> Set[str]:
        """Return the tasks that the earlier certificate still proves fresh; the checkout's lock must be held."""
        evidence = self.defined.evidence
        if evidence is None or ledger.since is None:
            return frozenset()
        proof = self._proof = Proof(evidence.state, environ)
        known, moved = ledger.since | evidence.changed(plan), proof.moved
        if not evidence.is_current:
            known.update(plan.with_words)  # What their words mean may be defined otherwise.
            # Who makes the file that a link leads to is asked when the link is looked at.
            moved = Moved(moved.paths | proof.links.keys(), moved.folders, moved.variables)
        index = evidence.stored.index
        known |= touched({*ordered} - known, plan.rules, index, moved, ledger.trace)
        if plan.real_paths.links:  # So is it of what a pattern finds through one.
            known.update(index.traced)
        self._fresh = untouched(ordered, plan.schedule, known)
        return self._fresh

    def drop(self) -> None:
        """Believe the earlier certificate no more: the lock is released, and others may build."""
        self._proof, self._fresh = None, frozenset()

    def doubt(self) -> None:
        """Doubt the earlier certificate: a failure may come of a graph that would be another if it were loaded."""
        if self.defined.is_stored:
            with suppress(OSError):
                contents.doubt(self.defined.argv)

    def can_certify(self, plan: Plan, tasks: Iterable[str]) -> bool:
        """True if nothing among the tasks must be asked anew each time."""
        for name in tasks:
            rule = plan.rules.get(name)
            if rule is None:
                if plan.tasks[name].acts:
                    return False
            elif not rule.is_recorded or name in plan.with_arguments:
                return False
        return True

    @property
    def hindrance(self) -> str:
        """What the definitions did that no certificate can cover, and where; an empty text if there is nothing."""
        return self.defined.loading.world

    def issue(
        self, plan: Plan, tasks: Iterable[str], facts: Facts, environ: Mapping[str, str], ledger: Ledger
    ) -> None:
        """Write the certificate of these tasks and those proved fresh, unless some stamp does not prove its file's content.

        There is none either if something that a task proved fresh relies on has been seen otherwise since.
        """
        loading = self.defined.loading
        definitions = {**module_files(), **loading.files}
        if not all(is_settled(stamp, loading.began_ns) for stamp in definitions.values()):
            return
        if not all(seen.is_settled for seen in facts.seen.values()):
            return
        proof = self._proof
        evidence = self.defined.evidence
        if proof and evidence:
            index, differing = evidence.stored.index, proof.differing(facts)
            if touched(self._fresh, plan.rules, index, differing, ledger.trace):
                return
        files = {path: seen.stamp for path, seen in facts.seen.items() if seen.stamp}
        absent = {path for path, seen in facts.seen.items() if not seen.stamp}
        names = {name for task in tasks if task in plan.rules for name in plan.rules[task].inherit}
        scanned = facts.scanned
        if proof:
            files = {path: stamp for path, stamp in proof.links.items() if path not in absent} | files
            absent |= proof.absent - files.keys()
            scanned = {**proof.folders, **scanned}
            names |= proof.variables
        gone = absent | (proof.moved.paths if proof else set())
        now = take(LEDGER)
        if now is not None:
            files[LEDGER] = now[0]
        said = ", ".join(plan.selected[:SHOWN]) + (" and others" if len(plan.selected) > SHOWN else "")
        said += ": up to date" + (f"; open {plan.opens}" if plan.opens else "")
        try:
            contents.issue(
                self.defined.argv,
                said,
                contents.part(
                    definitions,
                    {*loading.absent, NAME} if is_elsewhere() else loading.absent,
                    loading.folders,
                    loading.variables,
                    environ,
                    loading.began_ns,
                    loading.questions,
                ),
                contents.part(
                    files,
                    absent,
                    scanned,
                    names,
                    environ,
                    facts.began_ns,
                    others=proof.files if proof else None,
                    gone=gone,
                ),
                ledger.mark,
                self.defined.graph(plan),
                self.selection,
            )
        except OSError as error:
            print(f"note: no certificate could be written: {error}", file=sys.stderr)
