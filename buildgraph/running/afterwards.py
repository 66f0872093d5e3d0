"""Afterwards: what may be recorded of a command that has succeeded.

The trace of the decision, taken before the command started, becomes the record if nothing that the command may have read has
moved meanwhile. Inputs that it discovered were perhaps not looked at before; those must be older than its start.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from buildgraph.decide.observation import inputs_of
from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError
from buildgraph.layout import is_pattern, is_tree
from buildgraph.library import all_located
from buildgraph.observe import listings
from buildgraph.observe.digests import FOLDER, of_output
from buildgraph.observe.facts import Facts
from buildgraph.observe.real import real
from buildgraph.rules.values import Rule
from buildgraph.running.work import Result


def moved(rule: Rule, before: Trace, facts: Facts) -> str:
    """Return an input that is not what it was when the task was decided, or ""."""
    if path := facts.moved((*before.inputs, *all_located(before.identity["tool"]))):
        return path
    if any(is_pattern(path) or is_tree(path) for path in rule.inputs):
        fresh = Facts(facts.known)
        fresh.seen = facts.seen
        return min(inputs_of(rule, fresh).keys() ^ before.inputs.keys(), default="")
    return ""


def moved_or_trace(plan: Plan, before: Trace, result: Result, facts: Facts) -> tuple[str, Trace]:
    """Return what moved, or "", and the trace to record if nothing did."""
    rule = plan.rules[result.task]
    discovered, what = _discovered(plan, before, result, facts)
    for folder in result.folders:
        _refuse_folder(plan, folder, result.task)
    folders = {folder: listings.digest(folder) for folder in result.folders}
    what = what or moved(rule, before, facts) or _moved_folder(before, folders, result.started_ns)
    outputs = {path: of_output(seen.digest) for path, seen in result.outputs.items()}
    return what, before.replaced(discovered=discovered, folders=folders, outputs=outputs)


def _discovered(plan: Plan, before: Trace, result: Result, facts: Facts) -> tuple[dict[str, str], str]:
    """Return path → digest of what the command discovered, and one of them that moved, or ""."""
    found: dict[str, str] = {}
    what = ""
    for path in result.discovered:
        if path in before.inputs or path in result.outputs:
            continue
        was_known = path in facts.seen
        found[path] = facts.digest(path)
        _refuse(plan, path, found[path], result.task)
        if facts.has_moved(path) if was_known else not _is_older(facts.seen[path].stamp, result.started_ns):
            what = what or path
    return found, what


def _refuse(plan: Plan, path: str, digest: str, task: str) -> None:
    rule = plan.rules[task]
    if digest.endswith(FOLDER):
        raise BuildError(
            f"'{path}', discovered by '{task}', is a folder",
            rule.discovers or rule.where,
            "List it in 'folders'.",
        )
    maker = plan.maker(real(path) if digest[:5] == "link " else path)
    if maker is not None and maker != task and maker not in plan.ancestors(task):
        raise BuildError(
            f"'{task}' read '{path}', which '{maker}' makes", rule.where, "Declare it as an input."
        )


def _refuse_folder(plan: Plan, folder: str, task: str) -> None:
    """Raise if a folder that a command listed is filled by a task that need not have run by then."""
    rule = plan.rules[task]
    tree = f"{folder}/"
    makers = {*plan.producers.of_pattern(tree), *plan.plain.of([tree], plan.producers)} if folder else ()
    before = {task, *plan.ancestors(task)} if makers else ()
    for maker in sorted(makers):
        if maker not in before:
            what = f"'{task}' listed the folder '{folder}', in which '{maker}' makes files"
            raise BuildError(what, rule.where, f"Declare '{folder}/' as an input, or add after=['{maker}'].")


def _moved_folder(before: Trace, folders: dict[str, str], started_ns: int) -> str:
    """Return a folder whose listing is not what the command can have seen, or ""."""
    for folder, digest in folders.items():
        if folder in before.folders:
            if before.folders[folder] != digest:
                return folder
        elif os.path.isdir(folder):
            status = os.stat(folder)
            if not _is_older((status.st_mtime_ns, status.st_ctime_ns), started_ns):
                return folder
    return ""


def _is_older(stamp: Iterable[int], moment_ns: int) -> bool:
    """True if what has this stamp was last changed before the moment."""
    times = tuple(stamp)
    return all(times[position] < moment_ns for position in range(1, len(times), 4))
