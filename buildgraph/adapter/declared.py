"""Declared: doit's task for a rule, made without doit's checks of each attribute.

What a verb of `dodo.py` returns has been checked by the verb, and most of a doit task says how doit itself would run
it. So a subtask that is a rule becomes a task whose attributes are those of an empty one, apart from a few; this is
half of what loading ten thousand tasks costs. Whatever is not exactly that (a plain doit task, a second one of the
same name) is left to doit, with its messages.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping

from doit.task import Task

from buildgraph.errors import BuildError
from buildgraph.layout import is_exact, is_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EMPTY = vars(Task("empty", None))


class Declared(Task):
    """A doit task that stands for a rule."""

    def __init__(self, name: str, group: str, described: Mapping[str, Any]) -> None:
        self.__dict__.update(_EMPTY)
        self.name = name
        self.subtask_of = group
        self.meta = described["meta"]
        self.rule = self.meta["buildgraph"]
        self.doc = self._init_doc(described["doc"]) if "doc" in described else ""
        self.params = described["params"]
        self.pos_arg = described.get("pos_arg")
        self.task_dep: list[str] = []
        self.wild_dep: list[str] = []
        if described["task_dep"]:
            self._expand_task_dep(described["task_dep"])
        self._actions = described["actions"]
        self.values: dict[str, object] = {}

    @property
    def file_dep(self) -> set[str]:
        """The exact inputs."""
        return {path for path in self.rule.inputs if is_exact(path)}

    @property
    def targets(self) -> list[str]:
        """The outputs that are not patterns."""
        return [path for path in self.rule.outputs if not is_pattern(path)]


def quick(creator: Callable) -> Callable:
    """Return a creator of tasks whose subtasks are `Declared` where that is all they need."""

    @functools.wraps(creator)
    def create(**options: object) -> object:
        made = creator(**options)
        if inspect.isgenerator(made):
            return _subtasks(made, creator)
        _refuse_additions(made)
        return made

    return create


def _subtasks(made: Iterator, creator: Callable) -> Iterator:
    name = creator.__name__.removeprefix("task_")
    names: set[str] = set()
    group = Task(name, None, doc=creator.__doc__, has_subtask=True)
    for described in made:
        _refuse_additions(described)
        is_rule = _is_rule(described)
        if is_rule and "name" not in described:
            what = f"a task that task_{name}() yields has no name"
            raise BuildError(what, described["meta"]["buildgraph"].where, "Write name='…'.")
        full = f"{name}:{described['name']}" if is_rule and isinstance(described["name"], str) else ""
        if not full or full in names or "=" in full:
            yield described
            continue
        if not names:
            yield group
        names.add(full)
        group.task_dep.append(full)
        yield Declared(full, name, described)


FIELDS = frozenset(
    (*("actions", "file_dep", "targets", "task_dep", "params", "pos_arg"), "meta", "name", "basename", "doc")
)
"""What a verb may say to doit."""


def _refuse_additions(described: object) -> None:
    """Raise if a field of doit's was added to what a verb returned: the engine runs the rule, and would not know."""
    if (
        type(described) is dict
        and not described.keys() <= FIELDS
        and "buildgraph" in (described.get("meta") or ())
    ):
        rule = described["meta"]["buildgraph"]
        added = min(described.keys() - FIELDS)
        what = f"doit's '{added}' was added to a {type(rule).__name__.lower()}, which does not run it"
        raise BuildError(what, rule.where, "Leave it out, or write a plain doit task.")


def _is_rule(described: object) -> bool:
    """True for what a verb has returned for a subtask of its creator's group."""
    return (
        type(described) is dict
        and "basename" not in described
        and "buildgraph" in (described.get("meta") or ())
    )
