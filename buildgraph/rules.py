"""The three verbs of `dodo.py`: what is made, what is verified, what runs.

Each verb returns a doit task dictionary whose `meta["buildgraph"]` is the frozen value that the engine works
with. doit sees the exact edges (`file_dep`, `targets`, `task_dep`); patterns and trees are resolved by the
engine, since what they match is known only when the tasks before them have ended.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from buildgraph.errors import BuildError
from buildgraph.layout import (
    DODO,
    REMEMBERED,
    STATE,
    Glob,
    canonical,
    canonical_path,
    exact,
    is_exact,
    is_pattern,
    refuse_unwritable,
    shown,
)
from buildgraph.suggest import did_you_mean

PYTHON = "python"
"""The program that is the tools environment's interpreter; every other one is a path of the checkout."""


@dataclass(frozen=True)
class Rule:
    """What is made: outputs from inputs by a command."""

    command: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    inherit: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    discovers: str | None = None
    may_be_empty: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    network: bool = False
    always: bool = False
    foreground: bool = False
    arguments: bool = False
    where: str = ""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the rule with these values; a frozen class's own way, a call for each value, is half of what a rule costs."""
        self = object.__new__(cls)
        vars(self).update(values)
        return self

    @property
    def is_recorded(self) -> bool:
        """True if a success is remembered, so that a second run has nothing to do."""
        return not self.always


@dataclass(frozen=True)
class Check(Rule):
    """What is verified: a command whose success on these inputs is remembered."""


@dataclass(frozen=True)
class Service(Rule):
    """What runs: a command that ends when the user ends it; never remembered."""

    @property
    def is_recorded(self) -> bool:
        return False


class Command:
    """The action that doit sees; the engine runs the rule itself."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def __call__(self) -> None:
        raise BuildError(f"'{self}' was started by another doit", "dodo.py", "Run 'python3 dodo.py'.")

    def __repr__(self) -> str:
        return " ".join(self.words)


def rule(
    *, inputs: Iterable[object] = (), outputs: Iterable[object] = (), command: Iterable[object] = (), **common
) -> dict:
    """Return the doit task that makes `outputs` from `inputs` with `command`."""
    where = _caller()
    _refuse_unknown("rule", common, where)
    outputs = _several("outputs", outputs, where)
    if not outputs:
        raise BuildError("a rule without outputs makes nothing", where, "Name its outputs, or use check().")
    return _task(Rule, where, command, inputs=inputs, outputs=outputs, **common)


def check(
    *,
    inputs: Iterable[object] = (),
    judges: Iterable[object] = (),
    command: Iterable[object] = (),
    **common,
) -> dict:
    """Return the doit task that verifies `inputs` with `command`.

    What it `judges` are inputs, too, taken as they are: whoever makes them is not run first, but after it.
    """
    where = _caller()
    _refuse_unknown("check", common, where)
    return _task(Check, where, command, inputs=inputs, judges=judges, **common)


def service(*, needs: Iterable[str] = (), command: Iterable[object] = (), **common) -> dict:
    """Return the doit task that runs `command` in the foreground after the tasks of `needs`."""
    where = _caller()
    _refuse_unknown("service", common, where)
    common["after"] = (*_several("needs", needs, where), *_several("after", common.get("after", ()), where))
    common["foreground"] = True
    return _task(Service, where, command, **common)


def glob(pattern: str) -> Glob:
    """Return a pattern in which brackets are syntax, too: `glob("src/[ab]*.c")`; in a plain text only `*` and `?` are."""
    from buildgraph.observe.listings import refuse_impossible

    where = _caller()
    if not isinstance(pattern, str):
        raise BuildError(f"glob({pattern!r}) is not a pattern", where, "Write a text.")
    refuse_impossible(canonical(Glob(pattern), where), where)
    return Glob(pattern)


def option(
    name: str, default: object = "", help: str = "", choices: Iterable[str] = (), short: str = ""
) -> dict:
    """Return an option of a task, as doit describes it; its type is that of the default.

    Its value goes where the command says `{name}`; if it says so nowhere, `--name=value` is appended to it.
    """
    described = {
        "name": name,
        "long": name,
        "default": default,
        "help": help,
        "type": type(default),
        "short": short,
    }
    return described | {"choices": [(choice, "") for choice in _several("choices", choices)]}


def _task(
    kind: type[Rule],
    where: str,
    command: Iterable[object],
    *,
    inputs: Iterable[object] = (),
    judges: Iterable[object] = (),
    outputs: Iterable[object] = (),
    name: str | None = None,
    basename: str | None = None,
    doc: str | None = None,
    after: Iterable[str] = (),
    environment: Mapping[str, object] | None = None,
    inherit: Iterable[str] = (),
    tools: Iterable[object] = (),
    discovers: object | None = None,
    may_be_empty: Iterable[object] = (),
    options: Iterable[Mapping] = (),
    network: bool = False,
    always: bool = False,
    foreground: bool = False,
    arguments: bool = False,
) -> dict:
    if not (type(network) is type(always) is type(foreground) is type(arguments) is bool):
        _refuse_other_than_flags(
            where, network=network, always=always, foreground=foreground, arguments=arguments
        )
    outputs = _paths("outputs", outputs, where)
    if discovers is not None:
        discovers = canonical_path(discovers, where)
        outputs = tuple(dict.fromkeys((*outputs, discovers)))
    options = _options(options, where) if options else []
    judged = _paths("judges", judges, where)
    value = kind.of(
        {
            "command": _words(command, where),
            "inputs": _paths("inputs", inputs, where) + judged,
            "judges": judged,
            "outputs": outputs,
            "environment": _environment(environment, where) if environment else (),
            "inherit": _inherited(inherit, where) if inherit else (),
            "tools": _paths("tools", tools, where),
            "discovers": discovers,
            "may_be_empty": _paths("may_be_empty", may_be_empty, where),
            "options": tuple([option["name"] for option in options]),
            "network": network,
            "always": always,
            "foreground": foreground,
            "arguments": arguments,
            "where": where,
        }
    )
    _validate(value)
    task = {
        "actions": [Command(value.command)],
        "file_dep": [path for path in value.inputs if is_exact(path) and path not in judged],
        "targets": [path for path in value.outputs if not is_pattern(path)],
        "task_dep": _after(after, where) if after else [],
        "params": options,
        "meta": {"buildgraph": value},
    }
    if arguments:
        task["pos_arg"] = "arguments"
    for key, given in (("name", name), ("basename", basename), ("doc", doc)):
        if given is not None:
            task[key] = _name(key, given, where)
    return task


def _name(key: str, text: object, where: str) -> str:
    """Return the name of a task, or what it is for; raise if it is none."""
    if not isinstance(text, str) or (key != "doc" and (not text or "\n" in text)):
        raise BuildError(f"{key}={text!r} is no {'text' if key == 'doc' else 'name of a task'}", where)
    _refuse_impossible(key, (text,), where)
    if key != "doc" and text.startswith("-"):
        raise BuildError(f"{key}={text!r} looks like an option", where, "Begin it with a letter.")
    return exact(text)


COMMON = (
    *("name", "basename", "doc", "after", "environment"),
    *("inherit", "network", "tools", "options", "arguments"),
)
RECORDED = ("discovers", "may_be_empty", "always", "foreground")
"""What means nothing to a service, which owns the terminal and is never remembered."""
KEYWORDS = {
    "rule": ("inputs", "outputs", "command", *COMMON, *RECORDED),
    "check": ("inputs", "judges", "command", *COMMON, *RECORDED),
    "service": ("needs", "command", *COMMON),
}
"""The keywords of each verb."""
INSTEAD = {
    ("check", "outputs"): "It verifies and makes nothing: use rule().",
    ("service", "outputs"): "It runs and makes nothing: use rule().",
    ("service", "inputs"): "Name the tasks that it comes after: needs=['TASK'].",
    ("service", "foreground"): "A service always owns the terminal.",
    ("service", "always"): "A service always runs.",
}
"""What to write in the place of a keyword that another verb has."""


def _refuse_unknown(verb: str, given: Iterable[str], where: str) -> None:
    known = KEYWORDS[verb]
    for keyword in given:
        if keyword not in known:
            hint = INSTEAD.get((verb, keyword)) or did_you_mean(keyword, known)
            raise BuildError(f"{verb}() has no '{keyword}'", where, hint or f"It knows {', '.join(known)}.")


def _refuse_other_than_flags(where: str, **flags: object) -> None:
    for keyword, value in flags.items():
        if type(value) is not bool:
            raise BuildError(f"{keyword}={value!r} is neither True nor False", where)


def _refuse_state(path: str, where: str) -> None:
    """Raise if an output is, holds or lies in what the build remembers."""
    plain = shown(path).rstrip("/")
    inside = plain.removeprefix(f"{STATE}/")
    if plain == STATE or (inside != plain and inside.partition("/")[0] in REMEMBERED):
        what = f"the output '{shown(path)}' is in the build's own state"
        raise BuildError(what, where, "Write it to another folder.")


def _validate(value: Rule) -> None:
    for path in value.outputs:
        _refuse_state(path, value.where)
        if path == DODO:
            raise BuildError(
                f"the output '{DODO}' defines the graph itself", value.where, "Write another file."
            )
    for path in value.may_be_empty:
        if path not in value.outputs:
            raise BuildError(
                f"may_be_empty names '{shown(path)}', which is not an output", value.where, "Name an output."
            )
    if value.foreground and value.outputs:
        what = f"a task that owns the terminal cannot make '{shown(value.outputs[0])}'"
        raise BuildError(what, value.where, "Make it in a rule of its own.")
    both = set(value.outputs).intersection(value.inputs)
    if both:
        raise BuildError(
            f"'{shown(min(both))}' is an input and an output of the same rule",
            value.where,
            "Write another file.",
        )


def _words(command: Iterable[object], where: str) -> tuple[str, ...]:
    if isinstance(command, (str, bytes)):
        raise BuildError(
            f"the command {command!r} is a text", where, "Write an argument list; no shell is used."
        )
    words = tuple([_word("the command", word, where) for word in _several("command", command, where)])
    if not words or not words[0]:
        raise BuildError("the command is empty", where, "Write an argument list.")
    _refuse_impossible("the command", words, where)
    if words[0] == PYTHON:
        return words
    if "/" not in words[0]:
        hint = "Write 'python' or a path of the checkout; nothing is looked up on PATH."
        raise BuildError(f"the command '{words[0]}' is not a path", where, hint)
    program = canonical_path(words[0], where)
    if program == PYTHON:
        hint = "Give it another name, or move it into a folder."
        raise BuildError(f"the command '{words[0]}' has the name of the interpreter", where, hint)
    if not is_exact(program):
        raise BuildError(f"the command '{words[0]}' is not a path of a file", where, "Name one program.")
    return (program, *words[1:])


def _paths(field: str, paths: Iterable[object], where: str) -> tuple[str, ...]:
    if not paths and paths != "":
        return ()
    if len(several := _several(field, paths, where)) == 1:
        return (canonical(several[0], where),)
    return tuple(dict.fromkeys([canonical(path, where) for path in several]))


def _several(field: str, values: Iterable, where: str = "") -> tuple:
    if type(values) is list or type(values) is tuple:
        return tuple(values)
    if isinstance(values, (str, bytes)) or hasattr(values, "__fspath__"):
        raise BuildError(
            f"{field}={str(values)!r} is one text",
            where or _caller(),
            f"Write a list: {field}=[{str(values)!r}].",
        )
    try:
        return tuple(values)
    except TypeError:
        raise BuildError(f"{field}={values!r} is no list", where or _caller()) from None


def _word(what: str, word: object, where: str) -> str:
    """Return a word of a command or a value of a variable: a text, a number or a path."""
    if type(word) is str:
        return word
    if isinstance(word, (str, int, float, os.PathLike)):
        return exact(word)
    raise BuildError(f"{what} has {word!r}, which is no text", where, "Write a text, a number or a path.")


def _environment(environment: Mapping[str, object], where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(environment, Mapping):
        hint = "Write a dictionary: environment={'NAME': 'value'}."
        raise BuildError(f"environment={environment!r} is no dictionary", where, hint)
    values = {}
    for given, text in environment.items():
        name = _variable(given, where)
        value = values[name] = _word(f"the variable '{name}'", text, where)
        _refuse_impossible(f"the variable '{name}'", (value,), where)
    return tuple(sorted(values.items()))


def _variable(name: object, where: str) -> str:
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        raise BuildError(f"{name!r} is no name of an environment variable", where)
    _refuse_impossible("the name of a variable", (name,), where)
    return exact(name)


def _refuse_impossible(what: str, texts: Sequence[str], where: str) -> None:
    """Raise if a word or a value is none that a process can be given."""
    text = "\n".join(texts)
    if "\0" in text:
        raise BuildError(f"{what} contains a zero byte", where)
    if not text.isascii():
        refuse_unwritable(text, where)


def _inherited(names: Iterable[str], where: str) -> tuple[str, ...]:
    return tuple(sorted({_variable(name, where) for name in _several("inherit", names, where)}))


OPTION = frozenset(("name", "long", "short", "inverse", "default", "help", "type", "choices", "metavar"))
"""What a dictionary can say of an option, as doit has it; a variable that sets it would be no input of the task."""


def _options(options: Iterable[Mapping], where: str) -> list[dict]:
    options = _several("options", options, where)
    for each in options:
        if not (
            isinstance(each, Mapping)
            and isinstance(each.get("name"), str)
            and each.get("type", str) in (str, bool, int, float)
        ):
            raise BuildError(f"{each!r} is no option of a task", where, "Declare it with option().")
        for key in each.keys() - OPTION:
            hint = "Name the variable in inherit=[…]." if key == "env_var" else did_you_mean(str(key), OPTION)
            raise BuildError(f"the option '{each['name']}' has the unknown key '{key}'", where, hint)
        _refuse_impossible("an option's default", (str(each.get("default")),), where)
    return [dict(each) for each in options]


def _after(names: Iterable[str], where: str) -> list[str]:
    names = _several("after", names, where)
    for name in names:
        if not isinstance(name, str):
            raise BuildError(f"after names {name!r}, which is no name of a task", where)
    return [exact(name) for name in names]


def _caller() -> str:
    """Return file and line of the first frame outside this module: where the user wrote the rule."""
    frame = sys._getframe(1)
    ours = globals()
    while frame.f_globals is ours and frame.f_back is not None:
        frame = frame.f_back
    return _place(frame.f_code.co_filename, frame.f_lineno)


@lru_cache(maxsize=1024)
def _place(file: str, line: int) -> str:
    return f"{os.path.basename(file)}, line {line}"
