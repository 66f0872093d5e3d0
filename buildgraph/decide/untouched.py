"""Untouched: which tasks need no look, because a certificate proved them fresh and nothing of theirs has moved.

A certificate that does not hold any more still says of every file whether it is as it was when all was fresh. A task
that reads and makes exact paths alone, none of which has moved, and that follows only such tasks, is still fresh. Of a
task with patterns, trees, discovered inputs, inherited variables or words of the command line that is not said: it is
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from buildgraph.decide.graph import Graph
from buildgraph.layout import is_exact
from buildgraph.rules import Rule


def untouched(ordered: Sequence[str], graph: Graph, rules: Mapping[str, Rule], moved: Set[str]) -> set[str]:
    """Return the tasks that need no look; `ordered` has dependencies first."""
    found: set[str] = set()
    for name in ordered:
        if found.issuperset(graph[name]) and _is_untouched(rules.get(name), moved):
            found.add(name)
    return found


def _is_untouched(rule: Rule | None, moved: Set[str]) -> bool:
    if rule is None:
        return True  # A name for other tasks.
    if rule.discovers or rule.inherit or rule.arguments or rule.options or rule.always or rule.foreground:
        return False
    return (
        moved.isdisjoint(rule.inputs)
        and moved.isdisjoint(rule.outputs)
        and moved.isdisjoint(rule.tools)
        and rule.command[0] not in moved
        and all(map(is_exact, rule.inputs))
        and all(map(is_exact, rule.outputs))
    )
