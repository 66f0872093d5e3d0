"""Verify: builds tasks twice, in two places that differ in what must not matter, and compares what they made.

Each place is a copy of the checkout's sources, without outputs. What the tasks before the verified ones have made is
taken from the checkout as it is: files are copied, folders that hold nothing else (an environment, say) are linked,
or copied where links cannot be made. The places differ in depth and name of their folder, time zone, locale, hash
seed, umask, order and number of commands at once; a value that a rule fixes itself is left alone.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from buildgraph.decide.observation import outputs_of
from buildgraph.decide.plan import Plan
from buildgraph.errors import BuildError
from buildgraph.layout import STATE, is_exact
from buildgraph.observe.facts import Facts
from buildgraph.observe.listings import NEVER_ENTERED
from buildgraph.patterns import fixed_folder
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.rules.values import Rule
from buildgraph.running import reporter
from buildgraph.running.loop import Loop, Settings

FOLDER = f"{STATE}/verify"


@dataclass(frozen=True)
class Place:
    """One of the two circumstances."""

    folder: str
    environment: Mapping[str, str]
    umask: int
    workers: int
    is_reversed: bool


PLACES = (
    Place("a", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, 0o022, 1, False),
    Place("b/a deeper/folder", {"TZ": "<+14>-14", "LC_ALL": "C", "PYTHONHASHSEED": "2"}, 0o077, 4, True),
)


def verify(plan: Plan) -> int:
    """Make the selected tasks twice and report outputs that are not the same; return 1 if there are any."""
    chosen = [
        name
        for name in plan.shown()
        if (rule := plan.rules.get(name)) and rule.outputs and not rule.foreground
    ]
    if not chosen:
        raise BuildError("none of the selected tasks makes anything", "", "Name a task with outputs.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    first, second = (_make(plan, chosen, place) for place in PLACES)
    differing = [_tell(name, first[name], second[name]) for name in chosen]
    if any(differing):
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 0


def _make(plan: Plan, chosen: Sequence[str], place: Place) -> dict[str, dict[str, str]]:
    """Run the tasks in a place and return task → path → digest."""
    lock = Lock()
    lock.acquire("doit verify", True, print)
    try:
        _copy(plan, chosen, f"{FOLDER}/{place.folder}")
    finally:
        lock.release()
    here = _perturbed(plan, chosen, place)
    with _standing_in(f"{FOLDER}/{place.folder}", place.umask):
        told = reporter.make("silent", sys.stdout, os.environ)
        settings = Settings(workers=place.workers, title="doit verify")
        if Loop(here, Ledger(), Lock(), told, settings, os.environ).run():
            where = f"{FOLDER}/{place.folder}"
            raise BuildError("a task failed in a copy of the checkout", where, "Declare what it needs.")
        facts = Facts({})
        return {
            name: {path: facts.digest(path) for path in outputs_of(here.rules[name], facts)}
            for name in chosen
        }


def _perturbed(plan: Plan, chosen: Sequence[str], place: Place) -> Plan:
    rules = {}
    for name in chosen:
        rule = plan.rules[name]
        environment = {**place.environment, **dict(rule.environment)}
        rules[name] = rule.replaced(environment=tuple(sorted(environment.items())), worker=0)
    graph = {name: [before for before in plan.graph[name] if before in rules] for name in chosen}
    selected = list(reversed(chosen)) if place.is_reversed else list(chosen)
    return plan.replaced(rules=rules, graph=graph, selected=selected)


@contextmanager
def _standing_in(folder: str, umask: int) -> Iterator[None]:
    top, before = os.getcwd(), os.umask(umask)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(top)
        os.umask(before)


def _tell(name: str, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Say whether the task made the same in both places; True if it did not."""
    differing = sorted(path for path in {*one, *other} if one.get(path) != other.get(path))
    here, there = (f"'{FOLDER}/{place.folder}'" for place in PLACES)
    for path in differing:
        print(f"{name}: '{path}' differs; compare it in {here} and {there}")
    if not differing:
        print(f"{name}: the same in both places ({len(one)} {'file' if len(one) == 1 else 'files'})")
    return bool(differing)


# The copy


def _copy(plan: Plan, chosen: Sequence[str], target: str) -> None:
    """Copy the sources, and what the tasks before the chosen ones have made."""
    before = {name for task in chosen for name in plan.ancestors(task)} - set(chosen)
    made = [output for name in before if name in plan.rules for output in plan.rules[name].outputs]
    grounds = _grounds(plan.rules, chosen, made)
    for here, folders, names in os.walk("."):
        inside = "" if here == "." else here[2:] + "/"
        for name in list(folders):
            path = inside + name
            is_made = plan.producers.trees.get(path + "/", "") not in (*before, "")
            if path in grounds:
                _link(path, f"{target}/{path}")
            if path in grounds or is_made or name in NEVER_ENTERED:
                folders.remove(name)
        os.makedirs(f"{target}/{inside}", exist_ok=True)
        for name in names:
            maker = plan.producers.of_file(inside + name)
            if maker is None or maker in before:
                shutil.copy2(inside + name, f"{target}/{inside}{name}", follow_symlinks=False)
    for output in made:
        if output.startswith(f"{STATE}/"):
            _bring(output.rstrip("/"), f"{target}/{output.rstrip('/')}")


def _grounds(rules: Mapping[str, Rule], chosen: Sequence[str], made: Sequence[str]) -> set[str]:
    """Return the top folders that hold outputs of tasks before, and neither sources nor outputs of the chosen ones."""
    written = {_top(output) for name in chosen for output in rules[name].outputs}
    sources = {
        _top(fixed_folder(path)) for rule in rules.values() for path in rule.inputs if not is_exact(path)
    }
    return {_top(output) for output in made} - written - sources - {"", STATE}


def _top(path: str) -> str:
    return path.partition("/")[0] if "/" in path else ""


def _bring(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source):
        _link(source, target)
    elif os.path.exists(source):
        shutil.copy2(source, target)


def _link(source: str, target: str) -> None:
    try:
        os.symlink(os.path.abspath(source), target)  # noqa: TID251 (where it cannot be made, there is a copy)
    except OSError:
        shutil.copytree(source, target, symlinks=True)
