"""Inputs: what tasks and all that they need read, as far as no task makes it."""

from __future__ import annotations

from buildgraph.decide.plan import Plan
from buildgraph.layout import is_pattern, shown
from buildgraph.record.ledger import Ledger


def inputs(plan: Plan, ledger: Ledger) -> None:
    """Print the paths, trees and patterns that the selected tasks and what they need read, one a line, those included that were discovered."""
    ledger.load()
    found: set[str] = set()
    for name in plan.ordered():
        if name in plan.rules:
            recorded = ledger.trace(name)
            discovered = recorded.discovered if recorded else ()
            found.update(
                path
                for path in (*plan.rules[name].inputs, *discovered)
                if is_pattern(path) or not plan.maker(path)
            )
    for path in sorted(map(shown, found)):
        print(path)
