"""Unknown names: the error for a word that is neither a task nor a file that a task makes."""

from __future__ import annotations

import os

from buildgraph.decide.edges import read_by
from buildgraph.decide.plan import Plan
from buildgraph.errors import BuildError
from buildgraph.patterns import matches
from buildgraph.suggest import COMMANDS, did_you_mean

ALL = ("all", "build", "make")
"""What other tools call making everything."""
SHOWN = 6
"""So many tasks are named."""
LIST = "Run 'doit list' to see all tasks."


def unknown(plan: Plan, name: str) -> BuildError:
    """Return the sentence for a word that names nothing: near names, the sisters of a part, or who reads a file."""
    if name.startswith("-"):
        hint = "Options of doit come before the task's name; 'doit help run' lists them."
        return BuildError(f"unknown option '{name}'", "", hint)
    what = f"there is no task '{name}'"
    if name in ALL and not plan.tasks.keys() & {*ALL}:
        return BuildError(what, "", "'doit' without a name makes the default tasks.")
    group = name.partition(":")[0]
    if sisters := [each.name for each in plan.tasks.values() if each.group == group and ":" in name]:
        near = did_you_mean(name, sisters) if name not in sisters else ""
        return BuildError(what, "", f"{near} '{group}' has {_some(sisters)}.".strip())
    path = os.path.normpath(name).replace(os.sep, "/")
    if os.path.isfile(path):
        return BuildError(f"'{name}' is a file that no task makes", "", _readers(plan, path))
    near = did_you_mean(name, [*plan.tasks, *COMMANDS, *plan.producers.files, *plan.plain.makers])
    return BuildError(what, "", f"{near} {LIST}".strip())


def _readers(plan: Plan, path: str) -> str:
    """Say which tasks read a file, and what tells more of them."""
    found = [name for name, rule in plan.rules.items() if any(matches(each, path) for each in read_by(rule))]
    found += [name for name, paths in plan.plain.reads.items() if path in paths]
    if not found:
        return "No rule names it; a task may still have found it by itself: 'doit inputs TASK' tells."
    return f"It is read by {_some(found)}; 'doit why {found[0]}' tells what has changed for that task."


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:SHOWN]) + more
