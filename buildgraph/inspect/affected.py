"""Affected: what has changed since a revision can reach these tasks, told with the reasons, or by their names alone, for another command."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

from buildgraph.decide.affected import affected, is_asked
from buildgraph.decide.plan import Plan
from buildgraph.layout import DODO
from buildgraph.observe.changed import changed_since, commit_of, tracked_files
from buildgraph.record.ledger import Ledger

SHORT = 10
"""So many characters of a commit are told."""
SEVERAL = 4
"""From so many tasks of a group with reasons of their own on, the group is one line."""


def show(plan: Plan, ledger: Ledger, loaded: Iterable[str], since: str, is_quiet: bool) -> None:
    """Print the selected tasks that a change since a revision can reach; `loaded` are the files that loading `dodo.py` has read."""
    commit = commit_of(since)
    changed = changed_since(commit)
    ledger.load()

    def discovered(name: str) -> Collection[str]:
        recorded = ledger.trace(name)
        return recorded.discovered if recorded else ()

    found = affected(plan, changed, tracked_files(), _definers(loaded), discovered)
    asked = [name for name in plan.shown() if is_asked(plan, name)]
    shown = {name: found[name] for name in asked if name in found}
    if is_quiet:
        print("".join(f"{name}\n" for name in shown), end="")
        return
    files = f"{len(changed)} file{'s' if len(changed) != 1 else ''}"
    print(f"{files} changed since '{since}' ({commit[:SHORT]}): {_counted(len(shown), len(asked))}")
    lines = list(_lines(plan, shown))
    width = max((len(name) for name, _ in lines), default=0)
    print("".join(f"  {name:{width}}  {reason}\n" for name, reason in lines), end="")


def _counted(few: int, many: int) -> str:
    return f"{few or 'none'} of {many} tasks can be affected"


def _lines(plan: Plan, found: dict[str, str]) -> Iterable[tuple[str, str]]:
    """Yield names and reasons, a group of many tasks in one line, with the reason of the first."""
    groups: dict[str, list[str]] = {}
    for name in found:
        groups.setdefault(plan.tasks[name].group or name, []).append(name)
    for group, names in groups.items():
        if len(names) < SEVERAL:
            yield from ((name, found[name]) for name in names)
        else:
            yield f"{group}: {len(names)} tasks", f"{found[names[0]]}, and so on"


def _definers(loaded: Iterable[str]) -> frozenset[str]:
    """Return the modules of the checkout that were run while `dodo.py` was loaded, by their paths in it."""
    root = os.getcwd() + os.sep
    inside = (path.removeprefix(root) for path in map(os.path.abspath, loaded) if path.startswith(root))
    return frozenset((DODO, *(path.replace(os.sep, "/") for path in inside if path.endswith(".py"))))
