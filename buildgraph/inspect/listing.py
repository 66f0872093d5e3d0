"""Listing: tasks in groups, each with the first line of its docstring."""

from __future__ import annotations

from collections.abc import Iterable

from buildgraph.decide.plan import Plan
from buildgraph.rules.values import Check, Rule, Run, Service

KINDS = {Service: "Serve", Rule: "Make", Check: "Check", Run: "Do"}
"""What a group of tasks is called that one of the verbs has described."""


def show(plan: Plan, is_chosen: bool, is_all: bool, is_quiet: bool) -> None:
    """List the tasks, or if some were chosen those with their subtasks; `is_all` with all subtasks, `is_quiet` names alone."""
    names = [name for name in plan.tasks if not name.startswith("_")]
    if is_chosen:
        chosen = set(plan.selected)
        names = [name for name in names if name in chosen or plan.tasks[name].group in chosen]
    elif not is_all:
        names = [name for name in names if not plan.tasks[name].group]
    if is_quiet:
        print("\n".join(names))
        return
    width = max(map(len, names), default=0)
    for title, members in _grouped(plan, names).items():
        if members:
            print(f"{title}:")
            for name in members:
                print(f"  {name:<{width}}  {plan.tasks[name].doc}".rstrip())


def _grouped(plan: Plan, names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {"Serve": [], "Make": [], "Check": [], "Do": []}
    for name in names:
        groups[_kind(plan, name)].append(name)
    return groups


def _kind(plan: Plan, name: str) -> str:
    """Return a task's group; a group of tasks is what its first member is."""
    while name not in plan.rules:
        after = plan.tasks[name].after
        if not after or plan.tasks[name].acts:
            return "Make"
        name = after[0]
    return KINDS[type(plan.rules[name])]
