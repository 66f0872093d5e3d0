"""Why: the reasons for which tasks would run."""

from __future__ import annotations

import os

from buildgraph.decide.need import Reasoner, need
from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import NO_SUCCESS
from buildgraph.errors import BuildError
from buildgraph.observe.facts import Facts
from buildgraph.record import failures
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import is_at_work

RUNNING = "it is running now"
KILLED = "its last run was ended before it was done"
NEVER = "it has never run"
UNCHANGED = "nothing that it depends on has changed since then"


def why(plan: Plan, ledger: Ledger) -> None:
    """Say of each selected task why it would run, one sentence for each reason."""
    ledger.load()
    for notice in ledger.notices:
        print(notice)
    facts = Facts(ledger.files)
    reasoner = Reasoner(plan, ledger.trace, facts, os.environ)
    found = {name: reasoner.why(name) for name in plan.ordered()}
    for name in plan.shown():
        lines = found[name]
        if NO_SUCCESS in lines:
            lines = without_success(plan, ledger, name, facts)
        for line in lines or ["up to date"]:
            print(f"{name}: {line}")


def without_success(plan: Plan, ledger: Ledger, name: str, facts: Facts) -> list[str]:
    """Return why a task has no recorded success: it runs now, was ended, failed, was forgotten, or has never run."""
    if name in ledger.running and is_at_work():
        return [RUNNING]
    failed = failures.read(name)
    if failed is not None:
        try:
            changes = need(plan, name, failed.trace, facts, os.environ)[1]
        except BuildError as error:
            changes = [str(error)]
        since = [f"since then {change}" for change in changes] or [UNCHANGED]
        return [f"it failed when it ran last: {failed.what.rstrip('.')}", *since]
    if name in ledger.running:
        return [KILLED]
    return [NO_SUCCESS if name in ledger.seconds or name in ledger.owned else NEVER]
