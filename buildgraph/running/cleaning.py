"""Cleaning: what tasks made is removed, or that they succeeded is forgotten."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from buildgraph.act import ownership
from buildgraph.asking import agrees
from buildgraph.decide.plan import Plan
from buildgraph.fields import Value
from buildgraph.layout import TOOLS
from buildgraph.record import attempts, failures
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.running import removing
from buildgraph.running.removing import Removal, said

MUCH_BYTES = 10**9
"""Who sits at the terminal is asked before more than this is removed."""
MANY_FILES = 8
"""So many files of a task are said one by one."""


class Asked(Value):
    """What the command line says of a cleaning."""

    is_named: bool = False
    """True if tasks were named: then what they fill is meant, too."""
    is_all: bool = False
    is_dry: bool = False
    is_sure: bool = False


def clean(plan: Plan, ledger: Ledger, asked: Asked) -> None:
    """Remove what the selected tasks made, as long as it is as they made it and git does not track it, and say so."""
    lock = Lock()
    lock.acquire("doit clean", True, print)
    try:
        ledger.load(is_writer=True)
        chosen = set(plan.shown())
        tasks = list(filter(chosen.__contains__, reversed(plan.ordered())))  # A folder after what is in it.
        kept: list[str] = []
        found = _found(plan, ledger, tasks, asked, kept.append)
        for sentence in kept:
            print(sentence)
        tools = asked.is_all and os.path.isdir(TOOLS)
        total = sum(each.size_bytes for each in found) + (removing.size_of(TOOLS) if tools else 0)
        is_much = total > MUCH_BYTES and not (asked.is_dry or asked.is_sure)
        if is_much and not agrees(f"remove {said(total)}?"):
            print("nothing is removed")
            return
        for removal in found:
            _remove(ledger, removal, asked.is_dry)
        ledger.close()
        acting = [(task, plan.acts) for task in tasks if task not in plan.rules and plan.acts is not None]
        for task, acts in acting:
            acts.clean(task, asked.is_dry, sys.stdout)
        if not (kept or tools or acting or any(each.files or each.folders for each in found)):
            print("there is nothing to remove")
        if not (asked.is_all or asked.is_named):
            _tell_what_is_left(plan, tasks)
        if tools:
            _remove_tools(asked.is_dry)
    finally:
        lock.release()


def _found(
    plan: Plan, ledger: Ledger, tasks: list[str], asked: Asked, say: Callable[[str], None]
) -> list[Removal]:
    """Find what goes, and say what is kept."""
    found = []
    for task in tasks:
        if task not in plan.rules:
            continue
        owned, fills = ledger.owned.get(task, {}), plan.rules[task].fills
        if not fills:
            found.append(removing.of_files(task, owned, say))
        elif asked.is_named or asked.is_all:
            found.append(removing.of_folders(task, fills, owned, say))
    return found


def _remove(ledger: Ledger, removal: Removal, is_dry: bool) -> None:
    verb = "would remove" if is_dry else "removing"
    for folder in removal.folders:
        print(f"{verb} '{folder}' ({said(removing.size_of(folder))})", flush=True)
        if not is_dry:
            removing.delete_tree(folder)
    is_many = len(removal.files) > MANY_FILES and not is_dry
    if is_many:
        print(f"removing {len(removal.files)} files of '{removal.task}' ({said(removal.size_bytes)})")
    for path in removal.files:
        if not is_many:
            print(f"{verb} '{path}'")
        if not is_dry:
            ownership.delete(path)
    task = removal.task
    if not is_dry and removal.is_whole and task in ledger.owned:
        ledger.disown(task, list(ledger.owned[task]))
        ledger.forget(task)


def _tell_what_is_left(plan: Plan, tasks: list[str]) -> None:
    """Say which folders tasks have filled and what removes them."""
    filled = [folder for task in tasks if task in plan.rules for folder in plan.rules[task].fills]
    there = sorted(folder for folder in filled if os.path.isdir(folder))
    if there:
        names = ", ".join(f"'{folder}'" for folder in there)
        print(f"kept: {names}; 'doit clean --all' removes them and the tools, too")


def _remove_tools(is_dry: bool) -> None:
    """Remove the environment that this runs from; it is the last thing that a process does."""
    print(
        f"{'would remove' if is_dry else 'removing'} '{TOOLS}/' ({said(removing.size_of(TOOLS))}); 'python3 dodo.py' makes it again",
        flush=True,
    )
    if not is_dry and os.name != "nt":  # Windows deletes no program that runs.
        removing.delete_tree(TOOLS)


def forget(plan: Plan, ledger: Ledger) -> None:
    """Drop the recorded successes of the selected tasks, so that they run again, and say so."""
    recorded = [task for task in plan.shown() if task in plan.rules]
    plain = [task for task in plan.shown() if task not in plan.rules]
    lock = Lock()
    lock.acquire("doit forget", True, lambda text: print(text, file=sys.stderr))
    try:
        ledger.load(is_writer=True)
        for task in recorded:
            ledger.forget(task)
            failures.drop(task)
            attempts.drop(task)
        ledger.close()
    finally:
        lock.release()
    if recorded:
        print(f"forgot {', '.join(recorded)}")
    if plain:
        print(f"nothing is recorded of {', '.join(plain)}: plain doit tasks run every time")
    if not recorded and not plain:
        print("there is nothing to forget")
