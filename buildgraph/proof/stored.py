"""Stored graphs: the plan that a `dodo.py` has defined, kept as plain data next to the certificates.

As long as a certificate's definitions hold, loading `dodo.py` again would define the same tasks, so the next run takes
them from here; a task is only made of its data when it is asked for, which is for a large graph a tenth of what loading
costs. A graph's file is named by the digest of its content, so command lines that see the same graph share it, and a
damaged file is one that is not there.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from buildgraph.decide.plan import Plan, Task
from buildgraph.fields import Value
from buildgraph.files import beyond, write_bytes
from buildgraph.layout import GRAPHS
from buildgraph.observe.digests import of_bytes
from buildgraph.proof.untouched import Index, index
from buildgraph.rules.values import Check, Rule, Run, Service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEPT = 8
"""So many graphs are kept, the ones that were stored last."""
KINDS = (Rule, Check, Run, Service)
FIELDS = Rule.fields
"""The last one, `where`, is not part of a rule's identity."""
TYPES = {"str": str, "bool": bool, "int": int, "float": float}
"""The types of a task's options, which are classes, by their names."""


class Stored(Value):
    """A graph that was stored: its configuration, what was asked of the run that stored it and by which Python, its plan with nothing selected, and whose the paths are."""

    config: dict
    asked: dict
    interpreter: tuple[str, str]
    plan: Plan
    index: Index
    rules: Mapping[str, bytes]
    is_placed: bool
    """True if the folders' links lead where they led when the edges were drawn."""

    def has(self, plan: Plan, name: str) -> bool:
        """Tell whether a task of another plan is defined here as it is there, wherever that is written."""
        rule = plan.rules.get(name)
        if rule is None and plan.tasks[name].acts:
            return False  # Only groups are stored.
        here = marshal.loads(self.rules[name])[:-1] if name in self.rules else ()  # noqa: S302 (see `read`)
        there = () if rule is None else _values(rule)[:-1]
        return here == there and self.plan.graph.get(name) == tuple(plan.graph[name])


def store(
    config: Mapping,
    plan: Plan,
    asked: Mapping = MappingProxyType({}),
    interpreter: tuple[str, str] = ("", ""),
) -> str:
    """Write the graph and return its name; an empty one if it has tasks that are more than data."""
    try:
        if plan.plain.reads or plan.plain.makes:
            raise ValueError("plain tasks")
        tasks = {
            name: _packed(task, name in plan.rules or name not in plan.with_words)
            for name, task in plan.tasks.items()
        }
        rules = {name: marshal.dumps(_values(rule)) for name, rule in plan.rules.items()}
        users = index(plan.rules)
        graph = {name: tuple(before) for name, before in plan.graph.items()}
        judged = {name: tuple(makers) for name, makers in plan.judged.items()}
        real_paths = (tuple(plan.folders), plan.real_paths.links)
        found = (
            dict(config),
            dict(asked),
            interpreter,
            tasks,
            rules,
            graph,
            dict(plan.with_words),
            judged,
            real_paths,
            (dict(users.users), users.traced, users.others),
        )
        data = marshal.dumps(found)
    except ValueError:
        return ""
    name = of_bytes(data)
    if not write_bytes(f"{GRAPHS}/{name}", data):
        os.utime(f"{GRAPHS}/{name}")
    for old in beyond(GRAPHS, KEPT):
        os.unlink(old)
    return name


def read(name: str) -> Stored | None:
    """Return a stored graph, None if it is not there or damaged."""
    try:
        with open(f"{GRAPHS}/{name}", "rb") as file:
            data = file.read()
    except OSError:
        return None
    if of_bytes(data) != name:
        os.unlink(f"{GRAPHS}/{name}")
        return None
    found = marshal.loads(data)  # noqa: S302 (it is what its name says)
    config, asked, interpreter, tasks, rules, graph, words, judged, real_paths, users = found
    made = _Made(rules, _rule)
    folders, links = real_paths
    plan = Plan(_Made(tasks, _task), made, graph, words, judged=judged, folders=folders)
    return Stored(
        config, asked, interpreter, plan, Index(*users), rules, plan.real_paths.enter(folders) == links
    )


class _Made(Mapping):
    """A mapping whose values are made of their data when they are asked for."""

    def __init__(self, data: Mapping[str, Any], make: Callable[[Any], Any]) -> None:
        self._data = data
        self._make = make
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._make(self._data[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


def _packed(task: Task, is_data: bool) -> tuple:
    """Return the task as plain data; raise ValueError if it is more than that."""
    if task.acts or task.given or not is_data:
        raise ValueError(task.name)
    options = tuple([{**option, "type": option["type"].__name__} for option in task.options])
    if any(option["type"] not in TYPES for option in options):
        raise ValueError(task.name)
    return (task.name, task.group, task.doc, tuple(task.after), options)


def _task(packed: tuple) -> Task:
    name, group, doc, after, options = packed
    options = tuple([{**option, "type": TYPES[option["type"]]} for option in options]) if options else ()
    return Task(name, group, doc, after, options)


def _values(rule: Rule) -> tuple:
    return KINDS.index(type(rule)), *map(vars(rule).__getitem__, FIELDS)


def _rule(packed: bytes) -> Rule:
    values = marshal.loads(packed)  # noqa: S302 (see `read`)
    return KINDS[values[0]].of(zip(FIELDS, values[1:], strict=True))
