"""The plan: doit's tasks as rules and edges, and what the command line asks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from doit.cmdparse import CmdOption, CmdParseError, TaskParse
from doit.control import TaskControl
from doit.task import Task

from buildgraph.adapter.options import bad_option
from buildgraph.adapter.plain import Plain, files_of
from buildgraph.decide.edges import Producers, folders_of
from buildgraph.decide.graph import order
from buildgraph.errors import BuildError
from buildgraph.observe.places import Places
from buildgraph.rules.values import Rule
from buildgraph.suggest import did_you_mean

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


@dataclass
class Plan:
    """All tasks, their edges, and the selection with its words."""

    tasks: Mapping[str, Task]
    rules: Mapping[str, Rule]
    graph: Mapping[str, Sequence[str]]
    with_words: Mapping[str, None]
    """The tasks that take options or arguments."""
    plain: Plain = field(default_factory=Plain)
    selected: list[str] = field(default_factory=list)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    placed: dict[str, dict[str, object]] = field(default_factory=dict)
    with_arguments: set[str] = field(default_factory=set)
    judged: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Check → the tasks that make what it judges."""
    folders: Sequence[str] = ()
    """The folders in which rules read and write."""
    places: Places = field(default_factory=Places)
    waits: dict[str, Sequence[str]] = field(default_factory=dict)
    """Task → all that it comes after in this selection, of those for which that is more than the graph says."""
    options: dict[str, dict[str, object]] = field(default_factory=dict)
    """The options of plain tasks."""

    @cached_property
    def producers(self) -> Producers:
        """Who makes which path."""
        return Producers(self.rules, self.places)

    @property
    def schedule(self) -> Mapping[str, Sequence[str]]:
        """The graph, and which tasks come before others in this selection."""
        return {**self.graph, **self.waits} if self.waits else self.graph

    def maker(self, path: str) -> str | None:
        """Return the task that makes a file or a tree, None if none does."""
        trees = self.producers.trees
        return self.producers.of_file(path) or trees.get(path.rstrip("/") + "/") or self.plain.maker(path)

    def command(self, task: str) -> list[str]:
        """Return the task's command with the options and arguments of the command line."""
        placed = self.placed.get(task)
        command = _place(self.rules[task].command, placed) if placed else self.rules[task].command
        return [*command, *self.words.get(task, ())]

    def ancestors(self, task: str) -> set[str]:
        """Return all tasks that come before one."""
        found: set[str] = set()
        rest = [task]
        while rest:
            new = [name for name in self.graph[rest.pop()] if name not in found]
            found.update(new)
            rest += new
        return found

    def ordered(self) -> list[str]:
        """Return the selection's closure, dependencies first; raise if there is a cycle."""
        ordered, cycle = order(self.schedule, self.selected)
        if cycle:
            raise BuildError(
                f"the tasks wait for each other: {' → '.join(cycle)}", "dodo.py", "Remove one of these edges."
            )
        return ordered


class Control(TaskControl):
    """doit's control of names and selection, with our edges instead of its implicit ones."""

    @staticmethod
    def set_implicit_deps(targets, task_list):
        """Leave the edges to `Producers`, which knows trees and patterns and is not quadratic."""


def make_plan(task_list: Sequence[Task]) -> Plan:
    """Return the plan of all tasks, nothing selected yet."""
    rules = {
        task.name: task.meta["buildgraph"] for task in task_list if task.meta and "buildgraph" in task.meta
    }
    _refuse_unknown_names(task_list)
    control = Control(task_list)
    graph: dict[str, Sequence[str]] = {}
    with_words = dict.fromkeys(task.name for task in task_list if _takes_words(task, rules.get(task.name)))
    plan = Plan(
        control.tasks, rules, graph, with_words, judged={}, folders=sorted(folders_of(rules.values()))
    )
    plan.places.enter(plan.folders)
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
                judged = (*plan.producers.judged(name, rule), *plan.plain.of(rule.judges, plan.producers))
                plan.judged[name] = judged
        graph[name] = list(dict.fromkeys((*task.task_dep, *makers))) if task.task_dep else makers
    for name, makers in plan.judged.items():
        _refuse_repairs(plan, name, makers)
    return plan


def _takes_words(task: Task, rule: Rule | None) -> bool:
    if rule is None:
        return bool(task.params or task.creator_params or task.pos_arg)
    return bool(rule.arguments or rule.options or task.creator_params)


def _refuse_repairs(plan: Plan, check: str, makers: Sequence[str]) -> None:
    """Raise if what a check judges would be made before it can judge it."""
    for maker in plan.ancestors(check).intersection(makers):
        what = (
            f"'{check}' comes after '{maker}', which makes what it judges, and so could never find it stale"
        )
        raise BuildError(what, plan.rules[check].where, "Judge something else, or take the other edge away.")


def select(plan: Plan, words: Sequence[str] | None, default: Sequence[str] | None) -> None:
    """Enter in the plan what the words of the command line, or else the default, select."""
    rest = list(words or default or plan.tasks)
    selected: dict[str, None] = {}
    position = 0
    while position < len(rest):
        name = rest[position]
        position += 1
        if "*" in name and name not in plan.tasks:
            selected.update(dict.fromkeys(_matching(plan, name)))
            continue
        task = _named(plan, name)
        if task in plan.with_words or (rest[position : position + 1] and rest[position][:1] == "-"):
            rest, position = _take_words(plan, task, rest[position:]), 0
        selected[task] = None
    plan.selected = list(selected)
    for task in plan.with_words:
        if task not in plan.words:
            _take_words(plan, task, [])
    if plan.judged:
        _judge_first(plan)


def _judge_first(plan: Plan) -> None:
    """Let what makes the judged files wait for the check, unless the command line names it before the check."""
    wanted = set(plan.ordered())
    position = {name: number for number, name in enumerate(plan.selected)}
    for check, makers in plan.judged.items():
        for maker in wanted.intersection(makers) if check in wanted else ():
            is_first = position.get(maker, len(position)) < position.get(check, len(position))
            before, after = (maker, check) if is_first else (check, maker)
            plan.waits[after] = (*plan.waits.get(after, plan.graph[after]), before)


def _matching(plan: Plan, pattern: str) -> list[str]:
    from fnmatch import fnmatch

    found = [task for task in plan.tasks if fnmatch(task, pattern)]
    if not found:
        raise BuildError(f"no task matches '{pattern}'", "", "Run 'doit list' to see the tasks.")
    return found


def _named(plan: Plan, name: str) -> str:
    if name in plan.tasks:
        return name
    maker = plan.maker(name.removeprefix("./"))
    if maker is not None:
        return maker
    if name.startswith("-"):
        raise BuildError(
            f"unknown option '{name}'",
            "",
            "Options of doit come before the task's name; 'doit help run' lists them.",
        )
    near = did_you_mean(name, [*plan.tasks, *plan.producers.files, *plan.plain.makers])
    raise BuildError(
        f"there is no task '{name}'", "", f"{near + ' ' if near else ''}Run 'doit list' to see all tasks."
    )


def _take_words(plan: Plan, task: str, rest: list[str]) -> list[str]:
    """Take the task's options, and arguments if it has any, off the command line; return what is left."""
    rule = plan.rules.get(task)
    if rule is None:
        return _take_words_of_plain(plan, task, rest) if task in plan.with_words else rest
    parser = _parser(plan.tasks[task])
    values = {option.name: option.default for option in parser.options}
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        taken = _option(parser, task, rest, values, rule.arguments)
        if not taken:
            break
        rest = rest[taken:]
    for option in plan.tasks[task].creator_params:  # What its creator was called with.
        del values[option["name"]]
    plan.placed[task] = {name: value for name, value in values.items() if _has_place(rule.command, name)}
    plan.words[task] = tuple(_as_words(parser, values, plan.placed[task]))
    if not rule.arguments:
        return rest
    plan.words[task] += tuple(rest)
    if rest:
        plan.with_arguments.add(task)
    return []


def _take_words_of_plain(plan: Plan, task: str, rest: list[str]) -> list[str]:
    """Take a plain task's options and arguments as doit does; return what is left."""
    parser = _parser(plan.tasks[task])
    try:
        plan.options[task], rest = parser.parse(rest)
    except CmdParseError as error:
        raise bad_option(error, parser, task) from None
    pos_arg = plan.tasks[task].pos_arg
    plan.words[task] = tuple(rest) if pos_arg else ()
    return [] if pos_arg else rest


def _parser(task: Task) -> TaskParse:
    """Return doit's parser of the task's options, with the defaults that the settings of doit give them."""
    parser = TaskParse([CmdOption(dict(option)) for option in (*task.params, *task.creator_params)])
    parser.overwrite_defaults(task.cfg_values or {})
    return parser


def _option(parser: TaskParse, task: str, rest: list[str], values: dict, has_arguments: bool) -> int:
    """Enter the option at the head of `rest` and return how many words it took; none if it is an argument."""
    name, equals, _ = rest[0].partition("=")
    option, _ = parser.get_option(name)
    if option is None:
        if has_arguments:
            return 0
        known = [f"--{option.long}" for option in parser.options if option.long]
        hint = did_you_mean(name, known) or (
            f"It knows {', '.join(known)}." if known else "It has no options."
        )
        raise BuildError(f"the task '{task}' has no option '{name}'", "", hint)
    taken = 1 if option.type is bool or equals else 2
    if taken > len(rest):
        raise BuildError(f"the option '{name}' of '{task}' needs a value", "", f"Write '{name}=VALUE'.")
    given = rest[0].partition("=")[2] if equals else rest[taken - 1]
    if option.choices and given not in option.choices:
        hint = f"It can be: {', '.join(option.choices)}."
        raise BuildError(f"the option '{name}' of '{task}' cannot be '{given}'", "", hint)
    try:
        values[option.name] = parser.parse_only(rest[:taken])[0][option.name]
    except CmdParseError:
        raise BuildError(f"the option '{name}' of '{task}' cannot be '{given}'") from None
    return taken


def _has_place(command: Sequence[str], option: str) -> bool:
    """Tell whether a command says itself where an option's value goes, as in `--port={port}`."""
    return any(f"{{{option}}}" in word for word in command)


def _place(command: Sequence[str], values: Mapping[str, object]) -> list[str]:
    """Put option values into their places; a word whose option has no value is left out."""
    words: list[str | None] = list(command)
    for name, value in values.items():
        place, text = f"{{{name}}}", "" if value is None else str(value)
        words = [
            word if word is None or place not in word else word.replace(place, text) if text else None
            for word in words
        ]
    return [word for word in words if word is not None]


def _as_words(parser: TaskParse, values: Mapping[str, object], placed: Mapping[str, object]) -> list[str]:
    words = []
    for option in parser.options:
        if option.name in placed or option.name not in values:
            continue
        value = values[option.name]
        if value is True:
            words.append(f"--{option.long or option.name}")
        elif value not in (None, False, ""):
            words.append(f"--{option.long or option.name}={value}")
    return words


def _refuse_unknown_names(task_list: Sequence[Task]) -> None:
    names = {task.name for task in task_list}
    for task in task_list:
        for dependency in task.task_dep:
            if dependency not in names:
                rule = (task.meta or {}).get("buildgraph")
                where = rule.where if rule else "dodo.py"
                hint = did_you_mean(dependency, names)
                raise BuildError(f"'{task.name}' comes after '{dependency}', which is no task", where, hint)


def _refuse_unsupported(task: Task) -> None:
    for attribute, name in UNSUPPORTED.items():
        if getattr(task, attribute, None):
            what = f"the task '{task.name}' uses doit's '{name}', which this engine does not run"
            raise BuildError(what, "dodo.py", "Declare it with rule(), check() or service().")
