"""Definitions: the plan that doit's tasks make."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from doit.cmdparse import CmdOption, TaskParse
from doit.control import TaskControl
from doit.task import Task as DoitTask

from buildgraph.decide.edges import Producers, folders_of, made_by_two
from buildgraph.decide.plain import Plain
from buildgraph.decide.plan import Plan, Task
from buildgraph.errors import BuildError
from buildgraph.layout import DODO
from buildgraph.rules.values import Rule
from buildgraph.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.decide.plan import Acts

UNSUPPORTED = {
    "calc_dep": "calc_dep",
    "getargs": "getargs",
    "setup_tasks": "setup",
    "loader": "create_after",
    "uptodate": "uptodate",
    "teardown": "teardown",
    "custom_title": "title",
    "watch": "watch",
}
"""What doit's own runner would do with a task and ours does not: attribute → the word of `dodo.py`."""


class Control(TaskControl):
    """doit's control of names and selection, with our edges instead of its implicit ones."""

    @staticmethod
    def set_implicit_deps(targets: Mapping[str, DoitTask], task_list: Sequence[DoitTask]) -> None:
        """Leave the edges to `Producers`, which knows trees and patterns and is not quadratic."""


def make_plan(task_list: Sequence[DoitTask], acts: Acts | None = None) -> Plan:
    """Return the plan of all tasks, nothing selected yet."""
    rules = {
        task.name: task.meta["buildgraph"] for task in task_list if task.meta and "buildgraph" in task.meta
    }
    _refuse_unknown_names(task_list)
    control = Control(task_list)
    graph: dict[str, Sequence[str]] = {}
    with_words = dict.fromkeys(task.name for task in task_list if _takes_words(task, rules.get(task.name)))
    tasks = {task.name: _task_of(task) for task in control.tasks.values()}
    folders = sorted(folders_of(rules.values()))
    judged: dict[str, Sequence[str]] = {}
    plan = Plan(tasks, rules, graph, with_words, acts=acts, judged=judged, folders=folders)
    plan.real_paths.enter(plan.folders)
    plain = [task for task in task_list if task.name not in rules]
    for task in plain:
        _refuse_unsupported(task)
    plan.plain = files_of(plain, plan.producers, rules)
    for task in task_list:
        name = task.name
        rule = rules.get(name)
        if rule is None:
            makers = list(plan.plain.before_task(name, plan.producers))
        else:
            makers = plan.producers.before(name, rule)
            if plan.plain.makers:
                makers = [*makers, *plan.plain.before_rule(rule, plan.producers)]
            if rule.judges:
                judged[name] = (
                    *plan.producers.judged(name, rule),
                    *plan.plain.of(rule.judges, plan.producers),
                )
        graph[name] = list(dict.fromkeys((*task.task_dep, *makers))) if task.task_dep else makers
    for name, judges in judged.items():
        _refuse_repairs(plan, name, judges)
    return plan


def _task_of(task: DoitTask) -> Task:
    """Return what is known of a doit task besides its rule."""
    options = (*task.params, *task.creator_params) if task.params or task.creator_params else ()
    if options and task.cfg_values:
        parser = TaskParse([CmdOption(dict(option)) for option in options])
        parser.overwrite_defaults(task.cfg_values)
        options = tuple({**option, "default": parser[option["name"]].default} for option in options)
    return Task(
        task.name,
        task.subtask_of or "",
        task.doc or "",
        tuple(task.task_dep),
        tuple([{"type": str, **option} for option in options]),
        tuple([option["name"] for option in task.creator_params]),
        bool(task._actions) and "buildgraph" not in (task.meta or ()),
    )


def _takes_words(task: DoitTask, rule: Rule | None) -> bool:
    if rule is None:
        return bool(task.params or task.creator_params or task.pos_arg)
    return bool(rule.arguments or rule.options or task.creator_params)


def _refuse_repairs(plan: Plan, check: str, makers: Sequence[str]) -> None:
    """Raise if what a check judges would be made before it can judge it."""
    for maker in plan.ancestors(check).intersection(makers):
        what = f"'{check}' comes after '{maker}', which makes what it judges, so it could never find it stale"
        raise BuildError(what, plan.rules[check].where, "Judge something else, or take the other edge away.")


def files_of(tasks: Iterable[DoitTask], producers: Producers, rules: Mapping[str, Rule]) -> Plain:
    """Return the files of the plain tasks; raise if one has a target that another task makes."""
    reads: dict[str, list[str]] = {}
    makes: dict[str, list[str]] = {}
    makers: dict[str, str] = {}
    for task in tasks:
        if task.file_dep:
            reads[task.name] = sorted(map(placed, task.file_dep))
        if task.targets:
            makes[task.name] = list(dict.fromkeys(map(placed, task.targets)))
        for path in makes.get(task.name, ()):
            maker = (
                producers.of_file(path)
                or producers.trees.get(path + "/")
                or makers.get(producers.real_paths.path(path))
            )
            if maker is not None:
                raise made_by_two(path, maker, task.name, rules[maker].where if maker in rules else DODO)
            if path in reads.get(task.name, ()):
                what = f"'{path}' is a dependency and a target of the same task '{task.name}'"
                raise BuildError(what, DODO, "Write another file.")
            makers[producers.real_paths.path(path)] = task.name
    return Plain(reads, makes, makers, producers.real_paths)


def placed(path: str) -> str:
    """Return a path of a plain task as the graph writes it: relative to the top folder where it lies there."""
    inside = os.path.relpath(path)
    chosen = os.path.normpath(path) if inside.startswith(os.pardir) else inside
    return chosen.replace(os.sep, "/")


def _refuse_unknown_names(task_list: Sequence[DoitTask]) -> None:
    names = {task.name for task in task_list}
    for task in task_list:
        for dependency in task.task_dep:
            if dependency not in names:
                rule = (task.meta or {}).get("buildgraph")
                where = rule.where if rule else "dodo.py"
                hint = did_you_mean(dependency, names)
                raise BuildError(
                    f"'{task.name}' comes after '{dependency}', which is not a task", where, hint
                )


def _refuse_unsupported(task: DoitTask) -> None:
    for attribute, name in UNSUPPORTED.items():
        if getattr(task, attribute, None):
            what = f"the task '{task.name}' uses doit's '{name}', which this engine does not run"
            raise BuildError(what, "dodo.py", "Declare it with rule(), check() or service().")
