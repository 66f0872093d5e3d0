"""The certifier: what a run has relied on, gathered into a certificate for its command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from buildgraph.engine.control import Plan
from buildgraph.layout import LEDGER
from buildgraph.observe.facts import Facts
from buildgraph.observe.loading import Loading, module_files
from buildgraph.observe.stamps import is_settled, take
from buildgraph.record import certificate
from buildgraph.rules import Service


class Certifier:
    """Issues the certificate of one command line."""

    def __init__(self, argv: Sequence[str], loading: Loading) -> None:
        self.argv = argv
        self.loading = loading

    def can_certify(self, plan: Plan, tasks: Iterable[str]) -> bool:
        """True if nothing among the tasks must be asked anew each time."""
        if self.loading.world:
            return False
        for name in tasks:
            rule = plan.rules.get(name)
            if rule is None:
                if plan.tasks[name].actions:
                    return False
            elif rule.always or isinstance(rule, Service) or name in plan.with_arguments:
                return False
        return True

    def issue(self, plan: Plan, tasks: Iterable[str], facts: Facts, environ: Mapping[str, str]) -> None:
        """Write the certificate, unless some stamp does not prove its file's content."""
        definitions = {**self.loading.files, **module_files()}
        if not all(is_settled(stamp, self.loading.began_ns) for stamp in definitions.values()):
            return
        if not all(seen.is_settled for seen in facts.seen.values()):
            return
        files = {path: seen.stamp for path, seen in facts.seen.items() if seen.stamp}
        absent = [*self.loading.absent, *(path for path, seen in facts.seen.items() if not seen.stamp)]
        ledger = take(LEDGER)
        if ledger is not None:
            files[LEDGER] = ledger[0]
        names = {name for task in tasks if task in plan.rules for name in plan.rules[task].inherit}
        folders = {**self.loading.folders, **facts.scanned}
        said = (
            ", ".join(plan.selected[:4]) + (" and others" if len(plan.selected) > 4 else "") + ": up to date"
        )
        try:
            certificate.issue(
                self.argv,
                said,
                {**definitions, **files},
                absent,
                folders,
                sorted(names | self.loading.variables),
                environ,
            )
        except OSError as error:
            print(f"note: no certificate could be written: {error}", file=sys.stderr)
