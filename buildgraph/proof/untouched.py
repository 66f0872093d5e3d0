"""Untouched: which tasks need no look, because a certificate proved them fresh and nothing of theirs has moved.

A certificate that does not hold any more still says of every file whether it is as it was when all was fresh. A task
that reads and makes exact paths alone, none of which has moved, and that follows only such tasks, is still fresh, unless
something else is known to have touched it: another definition, another run. Of a
task with patterns, trees, discovered inputs, inherited variables or words of the command line that is not said: it is
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from buildgraph.decide.graph import Graph
from buildgraph.fields import Value
from buildgraph.layout import is_exact
from buildgraph.rules.values import Rule


class Index(Value):
    """Which tasks a path belongs to, and the tasks whose paths are not known in advance."""

    users: Mapping[str, Sequence[str]]
    others: Sequence[str]


def index(rules: Mapping[str, Rule]) -> Index:
    """Return the index of all rules."""
    users: dict[str, list[str]] = {}
    others = []
    for name, rule in rules.items():
        if is_open(rule):
            others.append(name)
            continue
        for path in _paths(rule):
            users.setdefault(path, []).append(name)
    return Index(users, others)


def untouched(
    ordered: Sequence[str],
    graph: Graph,
    index: Index,
    moved_paths: Set[str],
    touched_tasks: Set[str] = frozenset(),
) -> set[str]:
    """Return the tasks that need no look; `ordered` has dependencies first."""
    touched = {*touched_tasks, *index.others}
    for path in moved_paths:
        touched.update(index.users.get(path, ()))
    for name in ordered:
        if not touched.isdisjoint(graph[name]):
            touched.add(name)
    return set(ordered) - touched


def is_open(rule: Rule) -> bool:
    """Tell whether more than files decides about a task, or files that it does not name."""
    return bool(
        rule.discovers or rule.inherit or rule.arguments or rule.options or rule.always or rule.foreground
    ) or not all(map(is_exact, _paths(rule)))


def _paths(rule: Rule) -> tuple[str, ...]:
    return (*rule.inputs, *rule.outputs, *rule.tools, rule.command[0])
