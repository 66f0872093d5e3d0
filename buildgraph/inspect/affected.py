"""Affected: what has changed since a revision can reach these tasks, told with the reasons, or by their names alone, for another command."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from buildgraph.decide.affected import affected, everywhere, is_asked
from buildgraph.decide.plan import Plan
from buildgraph.inspect.definers import defining
from buildgraph.observe.changed import changed_since, commit_of, files_of, linked, tracked
from buildgraph.observe.loading import Loading
from buildgraph.record.ledger import Ledger

SHORT = 10
"""So many characters of a commit are told."""
SEVERAL = 4
"""From so many tasks of a group with reasons of their own on, the group is one line."""


def show(plan: Plan, ledger: Ledger, loading: Loading, since: str, is_quiet: bool) -> None:
    """Print the selected tasks that a change since a revision can reach; `loading` notes what loading `dodo.py` has read."""
    commit = commit_of(since)
    changed, index = changed_since(commit), tracked()
    links = {*plan.real_paths.links.items(), *linked(changed, index)}
    definers = defining(changed, files_of(commit), loading) if changed else ()
    ledger.load()

    def discovered(name: str) -> Collection[str]:
        recorded = ledger.trace(name)
        return recorded.discovered if recorded else ()

    found = affected(plan, everywhere(changed, links), index, definers, discovered)
    asked = [name for name in plan.shown() if is_asked(plan, name)]
    shown = {name: found[name] for name in asked if name in found}
    if is_quiet:
        print("".join(f"{name}\n" for name in shown), end="")
        return
    count = sum(not path.endswith("/") for path in changed)
    files = f"{count} file{'s' if count != 1 else ''}"
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
