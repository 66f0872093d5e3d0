"""Cleaning: what tasks made is removed, or that they succeeded is forgotten."""

from __future__ import annotations

import sys

from buildgraph.act import ownership
from buildgraph.decide.plan import Plan
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock


def clean(plan: Plan, ledger: Ledger, is_dry: bool) -> None:
    """Remove what the selected tasks made, as long as it is as they made it, and say so; `is_dry` only says so."""
    lock = Lock()
    lock.acquire("doit clean", True, print)
    try:
        ledger.load(is_writer=True)
        chosen = set(plan.shown())
        for task in filter(chosen.__contains__, reversed(plan.ordered())):  # A folder after what is in it.
            if task in plan.rules:
                _clean(ledger, task, is_dry)
            elif plan.acts is not None:
                plan.acts.clean(task, is_dry, sys.stdout)
        ledger.close()
    finally:
        lock.release()


def _clean(ledger: Ledger, task: str, is_dry: bool) -> None:
    for path, digests in sorted(ledger.owned.get(task, {}).items()):
        state = ownership.state_of(path, digests)
        if state == "other":
            print(f"'{path}' is kept: it is not as '{task}' made it")
        elif state == "ours":
            print(f"{'would remove' if is_dry else 'removing'} '{path}'")
            if not is_dry:
                ownership.delete(path)
    if not is_dry and task in ledger.owned:
        ledger.disown(task, list(ledger.owned[task]))
        ledger.forget(task)


def forget(plan: Plan, ledger: Ledger) -> None:
    """Drop the recorded successes of the selected tasks, so that they run again, and say so."""
    recorded = [task for task in plan.shown() if task in plan.rules]
    plain = [task for task in plan.shown() if task not in plan.rules]
    lock = Lock()
    lock.acquire("doit forget", True, lambda text: print(text, file=sys.stderr))
    try:
        ledger.load(is_writer=True)
        for task in recorded:
            ledger.forget(task)
        ledger.close()
    finally:
        lock.release()
    if recorded:
        print(f"forgot {', '.join(recorded)}")
    if plain:
        print(f"nothing is recorded of {', '.join(plain)}: plain doit tasks run every time")
    if not recorded and not plain:
        print("there is nothing to forget")
