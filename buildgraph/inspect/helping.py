"""Helping: what `doit help`, `doit COMMAND --help` and `doit TASK --help` print."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from buildgraph.colour import palette
from buildgraph.decide.plan import Plan
from buildgraph.inspect.wrapping import columns, line, wrapped
from buildgraph.layout import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.decide.plan import Option

OVERVIEW = (
    ("doit", "make the default tasks"),
    ("doit TASK ...", "make or run tasks; a task's options follow its name"),
    ("doit FILE", "make a file: the task that makes it runs"),
    ("doit list", "the tasks, by topic"),
    ("doit TASK --help", "what a task is for, with its options; the same for a command"),
)
TOPICS = {
    "Every day": ("run", "list", "why", "help", "completion"),
    "Look into it": ("graph", "trace", "inputs", "affected", "audit", "verify"),
    "Start over": ("clean", "forget"),
}
"""The commands as they are needed."""
SHOWN = 6
"""So many names of a list are shown."""


def overview(purposes: Mapping[str, str]) -> None:
    """Print what can be typed; `purposes` has each command's sentence."""
    print("Only what has changed is made again.")
    width = max(map(len, purposes))
    _rows("Usage", OVERVIEW)
    for topic, names in TOPICS.items():
        _rows(topic, [(name, purposes[name]) for name in names], width)


def of_command(name: str, words: str, purpose: str, options: Iterable[Option]) -> None:
    """Print the help of a command; `words` is what can follow it."""
    _head(name, purpose)
    options = list(options)
    _rows("Usage", [(" ".join(filter(None, ["doit", name, "[OPTIONS]" if options else "", words])), "")])
    _rows("Options", [_row(each) for each in options])


def of_task(plan: Plan, name: str) -> None:
    """Print what a task is for, its options, its parts, and what it makes."""
    task, rule = plan.tasks[name], plan.rules.get(name)
    _head(name, task.doc)
    arguments = _arguments(rule.arguments) if rule else ""
    options = "[OPTIONS]" if task.options else ""
    _rows("Usage", [(" ".join(filter(None, ["doit", name, options, arguments])), "")])
    _rows("Options", [_row(each) for each in task.options])
    if rule:
        _rows("What can follow", rule.explains)
    if rule and rule.arguments is True:
        print(
            wrapped(f"Other words after the name go to its command: 'doit {name} -h' asks that.", columns())
        )
    parts = [other for other in plan.tasks if plan.tasks[other].group == name]
    if rule is None and parts:
        _rows("Parts", [(other, plan.tasks[other].doc) for other in parts])
    _list(
        "Comes after",
        dict.fromkeys(
            plan.tasks[before].group or before for before in plan.graph[name] if before not in parts
        ),
    )
    _list("Makes", [shown(path) for path in rule.outputs] if rule else ())


def _arguments(taken: bool | Sequence[str]) -> str:
    """Return the words that can follow a task's name, as they are shown."""
    names = () if taken is False else ("arguments",) if taken is True else taken
    return " ".join(f"[{name.upper()}]" for name in names)


def _head(name: str, purpose: str) -> None:
    print(palette(sys.stdout, os.environ)("heading", name))
    if purpose:
        print(wrapped(purpose, columns(), "  "))


def _rows(title: str, rows: Sequence[tuple[str, str]], least: int = 0) -> None:
    if not rows:
        return
    paint = palette(sys.stdout, os.environ)
    print(paint("heading", f"{title}:"))
    width = max(least, *(len(name) for name, _ in rows))
    for name, text in rows:
        print(line(name, width, text, columns(), paint))


def _list(title: str, names: Iterable[str]) -> None:
    names = list(names)
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        print(wrapped(f"{title}: {', '.join(names[:SHOWN])}{more}", columns()))


def _row(option: Option) -> tuple[str, str]:
    """Return an option as it is typed, and what it is, with what it is if nothing is said."""
    short = f"-{option['short']}, " if option.get("short") else ""
    is_flag = option.get("type") is bool
    typed = f"{short}--{option.get('long') or option['name']}" + ("" if is_flag else "=VALUE")
    text = str(option.get("help") or "") % {"default": option.get("default")}
    choices = [str(choice) for choice, _ in option.get("choices") or ()]
    if choices:
        text += f": {', '.join(choices)}"
    if not is_flag and option.get("default") not in (None, "", ...) and "[default:" not in text:
        text += f" [default: {option['default']}]"
    return typed, text
