"""Why: the reasons for which tasks would run."""

from __future__ import annotations

import os

from buildgraph.decide.need import Reasoner
from buildgraph.decide.plan import Plan
from buildgraph.observe.facts import Facts
from buildgraph.record.ledger import Ledger


def why(plan: Plan, ledger: Ledger) -> None:
    """Say of each selected task why it would run, one sentence for each reason."""
    ledger.load()
    for notice in ledger.notices:
        print(notice)
    reasoner = Reasoner(plan, ledger.trace, Facts(ledger.files), os.environ)
    found = {name: reasoner.why(name) for name in plan.ordered()}
    for name in plan.shown():
        for line in found[name] or ["up to date"]:
            print(f"{name}: {line}")
