"""Untouched: which tasks need no look, because a certificate proved them fresh and nothing of theirs has moved.

A certificate that does not hold any more still says of every file, folder and inherited variable whether it has changed since
all was fresh. A task that reads and makes exact paths alone, none of which has moved, and that follows only such tasks, is
still fresh, unless something else is known to have touched it: another definition, another run. Of a task with patterns, trees,
discovered inputs or inherited variables the trace in the ledger says which files it looked at, and every folder in which a
match could come or go was listed: if no such folder holds other names, a pattern stands for what it stood for. What words of
the command line say is the same as long as their definitions hold. Where outside state decides, a task is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from buildgraph.decide.graph import Graph
from buildgraph.decide.staleness import Trace
from buildgraph.fields import Value
from buildgraph.layout import is_exact
from buildgraph.library import all_located
from buildgraph.patterns import fixed_folder
from buildgraph.rules.values import Rule


class Index(Value):
    """Which tasks a path belongs to, the tasks of which only their traces tell that, and those that are always looked at."""

    users: Mapping[str, list[str]]
    traced: list[str]
    others: list[str]


class Moved(Value):
    """What is not as a certificate has it: paths, folders that hold other names, variables."""

    paths: Set[str]
    folders: Set[str] = frozenset()
    variables: Set[str] = frozenset()


def index(rules: Mapping[str, Rule]) -> Index:
    """Return the index of all rules."""
    users: dict[str, list[str]] = {}
    traced, others = [], []
    for name, rule in rules.items():
        if _is_others(rule):
            others.append(name)
        elif is_open(rule):
            traced.append(name)
        else:
            for path in _paths(rule):
                users.setdefault(path, []).append(name)
    return Index(users, traced, others)


def touched(
    among: set[str] | frozenset[str],
    rules: Mapping[str, Rule],
    index: Index,
    moved: Moved,
    trace: Callable[[str], Trace | None],
) -> set[str]:
    """Return those of the tasks to which something belongs that has moved; `trace` is what the certificate found fresh."""
    found = set(among.intersection(index.others))
    for path in moved.paths:
        found.update(among.intersection(index.users.get(path, ())))
    if moved.paths or moved.folders or moved.variables:
        traced = among.intersection(index.traced)
        found.update(name for name in traced if _relies(rules[name], trace(name), moved))
    return found


def untouched(ordered: Sequence[str], graph: Graph, touched_tasks: Set[str]) -> set[str]:
    """Return the tasks that need no look: neither they nor what they follow is touched; `ordered` has dependencies first."""
    found = set(touched_tasks)
    for name in ordered:
        if not found.isdisjoint(graph[name]):
            found.add(name)
    return set(ordered) - found


def is_open(rule: Rule) -> bool:
    """Tell whether more than files decides about a task, or files that it does not name."""
    return bool(_is_others(rule) or rule.discovers or rule.inherit) or not all(map(is_exact, _paths(rule)))


def _is_others(rule: Rule) -> bool:
    """Tell whether outside state decides about a task."""
    return rule.foreground or not rule.is_recorded


def _relies(rule: Rule, trace: Trace | None, moved: Moved) -> bool:
    """Tell whether something that has moved decides about a task of which only its trace tells its paths."""
    if trace is None or not moved.variables.isdisjoint(rule.inherit):
        return True
    own = _paths(rule)
    if not moved.paths.isdisjoint(own):
        return True
    for part in (trace.inputs, trace.discovered, trace.outputs, all_located(trace.identity["tool"])):
        if not moved.paths.isdisjoint(part):
            return True
    if not moved.folders.isdisjoint(trace.folders):
        return True
    below = tuple(fixed_folder(path) for path in own if not is_exact(path))
    return any((f"{folder}/" if folder else "").startswith(below) for folder in moved.folders)


def _paths(rule: Rule) -> tuple[str, ...]:
    return (*rule.inputs, *rule.outputs, *all_located(rule.tools), rule.command[0])
