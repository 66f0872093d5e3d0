"""Listing: tasks by topic, in the order of `dodo.py`, each with the first line of its docstring.

A task's topic is what it says itself, by `topic=`; for `a:b` it is that of `a`; else it is what its verb is for. What has a
colon after the name of another task is a part of that one, and is shown with `--all`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from buildgraph.colour import palette
from buildgraph.decide.plan import Plan
from buildgraph.inspect.wrapping import columns, line, wrapped
from buildgraph.rules.values import Check, Rule, Run, Service

TOPICS = {Service: "Serve", Rule: "Make", Check: "Check", Run: "Change"}
"""What a task is for that says no topic."""
MOST_WIDTH = 16
"""So wide is the column of names at most: one long name takes the room of all sentences otherwise."""


def show(plan: Plan, is_chosen: bool, is_all: bool, is_quiet: bool) -> None:
    """List the tasks, or if some were chosen those with their parts; `is_all` with all parts, `is_quiet` names alone."""
    known = [name for name in plan.tasks if not name.startswith("_")]
    names = known
    if is_chosen:
        chosen = set(plan.selected)
        names = [name for name in known if not chosen.isdisjoint((name, *_wholes(plan, name)))]
    elif not is_all:
        names = [name for name in known if not _wholes(plan, name)]
    if is_quiet:
        print("\n".join(names))
        return
    width = min(max(map(len, names), default=0), MOST_WIDTH)
    paint = palette(sys.stdout, os.environ)
    for topic, members in _by_topic(plan, names).items():
        print(paint("heading", f"{topic}:"))
        for name in members:
            print(line(name, width, plan.tasks[name].doc, columns(), paint))
    if not is_chosen and len(names) < len(known):
        more = (
            f"{len(known) - len(names)} more: 'doit list --all', or 'doit list TASK' for those of one task."
        )
        print(wrapped(more, columns()))


def _wholes(plan: Plan, name: str) -> tuple[str, ...]:
    """Return the tasks that one is a part of."""
    before = name.partition(":")[0]
    found = {plan.tasks[name].group, before if before in plan.tasks else ""}
    return tuple(found - {"", name})


def _by_topic(plan: Plan, names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_topic(plan, name), []).append(name)
    return found


def _topic(plan: Plan, name: str) -> str:
    """Return a task's topic; a group of tasks has that of its first member."""
    before = name.partition(":")[0]
    name = before if before in plan.tasks else name
    while name not in plan.rules:
        after = plan.tasks[name].after
        if not after or plan.tasks[name].acts:
            return TOPICS[Rule]
        name = after[0]
    rule = plan.rules[name]
    return rule.topic or TOPICS[type(rule)]
