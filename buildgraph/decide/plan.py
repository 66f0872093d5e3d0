"""The plan: all tasks as rules and edges, and what the command line asks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from buildgraph.decide.edges import Producers
from buildgraph.decide.graph import order
from buildgraph.decide.plain import Plain
from buildgraph.errors import BuildError
from buildgraph.fields import Value, fresh
from buildgraph.observe.real import RealPaths
from buildgraph.rules.values import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TextIO

    Option = Mapping[str, Any]
    """An option as doit describes it: `name`, `long`, `short`, `inverse`, `type`, `default`, `choices`, `help`."""

    class Acts(Protocol):
        """Who reads the words of plain doit tasks, and runs and cleans them."""

        def take_words(self, name: str, rest: list[str]) -> tuple[dict[str, object], list[str], list[str]]:
            """Return a task's options, its arguments, and the words that are left."""

        def run(self, name: str, options: Mapping[str, object], words: Sequence[str]) -> tuple[str, str]:
            """Run a task's actions; return how they failed, "" if they did not, and the log."""

        def clean(self, name: str, is_dry: bool, stream: TextIO) -> None:
            """Remove what a task's `clean` asks to be removed, and say so."""


class Task(Value):
    """What is known of a task besides its rule; a task without a rule that does not act is a group."""

    name: str
    group: str = ""
    doc: str = ""
    after: Sequence[str] = ()
    options: Sequence[Option] = ()
    given: Sequence[str] = ()
    """The options with which what made the task was called; its command does not get them."""
    acts: bool = False
    """True for a plain doit task that does something."""


class Plan(Value, frozen=False):
    """All tasks, their edges, and the selection with its words."""

    tasks: Mapping[str, Task]
    rules: Mapping[str, Rule]
    graph: Mapping[str, Sequence[str]]
    with_words: Mapping[str, None]
    """The tasks that take options or arguments."""
    plain: Plain = fresh(Plain)
    acts: Acts | None = None
    """Runs plain tasks; a plan that was stored has none."""
    selected: list[str] = fresh(list)
    is_named: bool = False
    """True if the selection was named, by words or a default, and is not simply all tasks."""
    words: dict[str, tuple[str, ...]] = fresh(dict)
    placed: dict[str, dict[str, object]] = fresh(dict)
    given: dict[str, Sequence[str]] = fresh(dict)
    """Task → its words of the command line, as they were typed."""
    with_arguments: set[str] = fresh(set)
    wanted: dict[str, str] = fresh(dict)
    """File below a folder of outputs that the command line names → the task that fills the folder."""
    judged: Mapping[str, Sequence[str]] = fresh(dict)
    """Check → the tasks that make what it judges."""
    folders: Sequence[str] = ()
    """The folders in which rules read and write."""
    real_paths: RealPaths = fresh(RealPaths)
    waits: dict[str, Sequence[str]] = fresh(dict)
    """Task → all that it comes after in this selection, of those for which that is more than the graph says."""
    options: dict[str, dict[str, object]] = fresh(dict)
    """The options of plain tasks."""

    @cached_property
    def producers(self) -> Producers:
        """Who makes which path."""
        return Producers(self.rules, self.real_paths)

    @property
    def schedule(self) -> Mapping[str, Sequence[str]]:
        """The graph, and which tasks come before others in this selection."""
        return {**self.graph, **self.waits} if self.waits else self.graph

    def is_real(self, task: str) -> bool:
        """Tell whether a task does something, and is not only a group of others."""
        return task in self.rules or self.tasks[task].acts

    def maker(self, path: str) -> str | None:
        """Return the task that makes a file or a tree, None if none does."""
        trees = self.producers.trees
        return self.producers.of_file(path) or trees.get(path.rstrip("/") + "/") or self.plain.maker(path)

    def command(self, task: str) -> list[str]:
        """Return the task's command with the options and arguments of the command line."""
        placed = self.placed.get(task)
        command = _place(self.rules[task].command, placed) if placed else self.rules[task].command
        return [*command, *self.words.get(task, ())]

    def named_rules(self) -> dict[str, Rule]:
        """Return the rules of the tasks that were named, none if all tasks run: a large graph is not asked task by task."""
        names = self.selected if self.is_named else ()
        return {name: self.rules[name] for name in names if name in self.rules}

    @property
    def opens(self) -> str:
        """Return the file to look at of the one task that is selected, "" if there is none."""
        rule = self.rules.get(self.selected[0]) if len(self.selected) == 1 else None
        return (rule.opens or "") if rule else ""

    def addresses(self) -> dict[str, str]:
        """Return service → where it listens, as the command line has it, of those of the selection that have an address."""
        found = {name: rule.address for name, rule in self.named_rules().items()}
        return {
            name: _place([address], self.placed.get(name, {}))[0]
            for name, address in found.items()
            if address
        }

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

    def shown(self) -> list[str]:
        """Return the selected tasks, groups replaced by their members."""
        found: dict[str, None] = {}
        rest = list(self.selected)
        while rest:
            name = rest.pop(0)
            if self.is_real(name):
                found[name] = None
            else:
                rest = [other for other in self.graph[name] if other not in found] + rest
        return list(found)


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
