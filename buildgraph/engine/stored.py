"""Stored graphs: the tasks that a `dodo.py` has defined, kept as plain data beside the certificates.

As long as a certificate's definitions hold, loading `dodo.py` again would define the same tasks, so the next run takes
them from here: for a large graph that is a quarter of what loading costs. A graph's file is named by the digest of its
content, so command lines that see the same graph share it, and a damaged file is one that is not there.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256

from doit.task import Task

from buildgraph.engine.control import UNSUPPORTED
from buildgraph.engine.declared import Declared
from buildgraph.layout import GRAPHS
from buildgraph.rules import Check, Rule, Service

KEPT = 8
"""So many graphs are kept, the ones that were stored last."""
KINDS = (Rule, Check, Service)
FIELDS = tuple(Rule.__dataclass_fields__)
TYPES = {"str": str, "bool": bool, "int": int, "float": float}
"""The types of a task's options, which are classes, by their names."""


def store(config: Mapping, tasks: Sequence[Task]) -> str:
    """Write the graph and return its name; an empty one if it has tasks that are more than data."""
    try:
        data = marshal.dumps((dict(config), [_packed(task) for task in tasks]))
    except (ValueError, KeyError):
        return ""
    name = sha256(data).hexdigest()
    path = f"{GRAPHS}/{name}"
    os.makedirs(GRAPHS, exist_ok=True)
    if os.path.exists(path):
        os.utime(path)
        return name
    temporary = f"{path}.{os.getpid()}.new"
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
    for old in sorted((entry.path for entry in os.scandir(GRAPHS)), key=os.path.getmtime)[:-KEPT]:
        os.unlink(old)
    return name


def read(name: str) -> tuple[dict, list[Task]] | None:
    """Return configuration and tasks of a stored graph, None if it is not there or damaged."""
    try:
        with open(f"{GRAPHS}/{name}", "rb") as file:
            data = file.read()
    except OSError:
        return None
    if sha256(data).hexdigest() != name:
        return None
    config, tasks = marshal.loads(data)  # noqa: S302 (its content is what its name says)
    return config, [_unpacked(*task) for task in tasks]


def _packed(task: Task) -> tuple:
    """Return the task as plain data; raise ValueError if it is more than that."""
    rule = (task.meta or {}).get("buildgraph")
    if rule is None:
        if task._actions or task.cfg_values or any(getattr(task, name, None) for name in UNSUPPORTED):
            raise ValueError(task.name)
        return task.name, task.subtask_of, tuple(task.task_dep), (), task.has_subtask, None
    params = tuple({**option, "type": option["type"].__name__} for option in task.params)
    if any(option["type"] not in TYPES for option in params):
        raise ValueError(task.name)
    values = tuple(map(vars(rule).__getitem__, FIELDS))
    return task.name, task.subtask_of, tuple(task.task_dep), params, KINDS.index(type(rule)), values


def _unpacked(
    name: str, group: str | None, after: tuple, params: tuple, kind: int, values: tuple | None
) -> Task:
    if values is None:
        return Task(name, None, task_dep=after, subtask_of=group, has_subtask=bool(kind))
    rule = object.__new__(KINDS[kind])
    vars(rule).update(zip(FIELDS, values, strict=True))
    options = [{**option, "type": TYPES[option["type"]]} for option in params] if params else ()
    described = {"meta": {"buildgraph": rule}, "params": options, "task_dep": after, "actions": ()}
    return Declared(name, group, described)
