"""The certifier: what a run has relied on, gathered into a certificate for its command line, and used by the next run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress

from buildgraph.decide.plan import Plan
from buildgraph.layout import LEDGER
from buildgraph.observe.facts import Facts
from buildgraph.observe.loading import module_files
from buildgraph.observe.stamps import Stamp, is_settled, take
from buildgraph.proof import certified
from buildgraph.proof.defined import Defined
from buildgraph.proof.untouched import untouched
from buildgraph.record.ledger import Mark

SHOWN = 4
"""Selected tasks that the certificate's sentence names."""


class Certifier:
    """Issues the certificate of one command line, and says what an earlier one still proves."""

    def __init__(self, defined: Defined, selection: Sequence[str]) -> None:
        self.defined = defined
        self.selection = selection
        self.drop()

    @property
    def mark(self) -> Mark | None:
        """Where the ledger ended when the earlier certificate was issued."""
        return self.defined.evidence and self.defined.evidence.mark

    def is_unchanged(self, since: Set[str] | None) -> bool:
        """Tell whether graph and ledger are those of the earlier certificate; `since` is what the ledger tells since then."""
        return self.defined.is_stored and since is not None and not since

    def proved(self, plan: Plan, ordered: Sequence[str], since: Set[str] | None) -> Set[str]:
        """Return the tasks that the earlier certificate still proves fresh; the checkout's lock must be held."""
        evidence = self.defined.evidence
        if evidence is None or since is None:
            return frozenset()
        self._files = certified.Files(evidence.state)
        self._moved = moved = certified.moved(evidence.state)
        links = certified.links_of(evidence.state)
        self._links = {path: stamp for path, stamp in links.items() if path not in moved}
        self._absent = certified.absent_of(evidence.state) - moved
        touched = since | evidence.changed(plan)
        # Who makes the file that a link leads to is asked when the link is looked at.
        return untouched(ordered, plan.graph, evidence.stored.index, moved | links.keys(), touched)

    def drop(self) -> None:
        """Believe the earlier certificate no more: the lock is released, and others may build."""
        self._files: certified.Files | None = None
        self._links: dict[str, Stamp] = {}
        self._moved: Set[str] = frozenset()
        self._absent: Set[str] = frozenset()

    def doubt(self) -> None:
        """Doubt the earlier certificate: a failure may come of a graph that would be another if it were loaded."""
        if self.defined.is_stored:
            with suppress(OSError):
                certified.doubt(self.defined.argv)

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
        self, plan: Plan, tasks: Iterable[str], facts: Facts, environ: Mapping[str, str], mark: Mark
    ) -> None:
        """Write the certificate of these tasks and those proved fresh, unless some stamp does not prove its file's content.

        None of those proved fresh inherits a variable or lists a folder.
        """
        loading = self.defined.loading
        definitions = {**module_files(), **loading.files}
        if not all(is_settled(stamp, loading.began_ns) for stamp in definitions.values()):
            return
        if not all(seen.is_settled for seen in facts.seen.values()):
            return
        files = self._links | {path: seen.stamp for path, seen in facts.seen.items() if seen.stamp}
        absent = {path for path, seen in facts.seen.items() if not seen.stamp} | self._absent - files.keys()
        gone = self._moved | absent
        ledger = take(LEDGER)
        if ledger is not None:
            files[LEDGER] = ledger[0]
        names = {name for task in tasks if task in plan.rules for name in plan.rules[task].inherit}
        said = ", ".join(plan.selected[:SHOWN]) + (" and others" if len(plan.selected) > SHOWN else "")
        try:
            certified.issue(
                self.defined.argv,
                f"{said}: up to date",
                certified.part(
                    definitions,
                    loading.absent,
                    loading.folders,
                    loading.variables,
                    environ,
                    loading.began_ns,
                    loading.questions,
                ),
                certified.part(
                    files,
                    absent,
                    facts.scanned,
                    names,
                    environ,
                    facts.began_ns,
                    others=self._files,
                    gone=gone,
                ),
                mark,
                self.defined.graph(plan),
                self.selection,
            )
        except OSError as error:
            print(f"note: no certificate could be written: {error}", file=sys.stderr)
