"""The four verbs of `dodo.py`: what is made, what is verified, what is done when it is asked for, and what serves.

Each verb returns a doit task dictionary whose `meta["buildgraph"]` is the frozen value that the engine works
with. doit sees the exact edges (`file_dep`, `targets`, `task_dep`); patterns and trees are resolved by the
engine, since what they match is known only when the tasks before them have ended.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache

from buildgraph.errors import BuildError
from buildgraph.layout import Glob, canonical, canonical_path, is_exact, is_pattern
from buildgraph.patterns import refuse_impossible
from buildgraph.rules.command import Command
from buildgraph.rules.given import (
    environment_of,
    inherited_of,
    name_of,
    names_of,
    options_of,
    paths_of,
    several,
    words_of,
)
from buildgraph.rules.refuse import refuse_other_than_flags, refuse_unknown, validate
from buildgraph.rules.values import Action, Check, Rule, Run, Service


def rule(
    *, inputs: Iterable[object] = (), outputs: Iterable[object] = (), command: Iterable[object] = (), **common
) -> dict:
    """Return the doit task that makes `outputs` from `inputs` with `command`."""
    where = _caller()
    refuse_unknown("rule", common, where)
    outputs = several("outputs", outputs, where)
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
    refuse_unknown("check", common, where)
    return _task(Check, where, command, inputs=inputs, judges=judges, **common)


def run(*, needs: Iterable[str] = (), command: Iterable[object] = (), **common) -> dict:
    """Return the doit task that runs `command` on the terminal, after the tasks of `needs`, each time it is asked for."""
    return _on_the_terminal(Run, "run", needs, command, common)


def service(*, needs: Iterable[str] = (), command: Iterable[object] = (), **common) -> dict:
    """Return the doit task that runs `command` on the terminal, after the tasks of `needs`, until the user ends it."""
    return _on_the_terminal(Service, "service", needs, command, common)


def _on_the_terminal(
    kind: type[Rule], verb: str, needs: Iterable[str], command: Iterable[object], common: dict
) -> dict:
    where = _caller()
    refuse_unknown(verb, common, where)
    after = (*several("needs", needs, where), *several("after", common.pop("after", ()), where))
    return _task(kind, where, command, after=after, foreground=True, **common)


def glob(pattern: str) -> Glob:
    """Return a pattern in which brackets are syntax, too: `glob("src/[ab]*.c")`; in a plain text only `*` and `?` are."""
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
    return described | {"choices": [(choice, "") for choice in several("choices", choices, _caller())]}


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
        refuse_other_than_flags(
            where, network=network, always=always, foreground=foreground, arguments=arguments
        )
    if isinstance(command, Command):
        environment = _merged(command.environment, environment)
        tools = (*command.tools, *several("tools", tools, where))
        inherit = (*command.inherit, *several("inherit", inherit, where))
        network = network or command.network
    outputs = paths_of("outputs", outputs, where)
    if discovers is not None:
        discovers = canonical_path(discovers, where)
        outputs = tuple(dict.fromkeys((*outputs, discovers)))
    options = options_of(options, where) if options else []
    judged = paths_of("judges", judges, where)
    value = kind.of(
        {
            "command": words_of(command, where),
            "inputs": paths_of("inputs", inputs, where) + judged,
            "judges": judged,
            "outputs": outputs,
            "environment": environment_of(environment, where) if environment else (),
            "inherit": inherited_of(inherit, where) if inherit else (),
            "tools": paths_of("tools", tools, where),
            "discovers": discovers,
            "may_be_empty": paths_of("may_be_empty", may_be_empty, where),
            "options": tuple([option["name"] for option in options]),
            "network": network,
            "always": always,
            "foreground": foreground,
            "arguments": arguments,
            "where": where,
        }
    )
    validate(value)
    task = {
        "actions": [Action(value.command)],
        "file_dep": [path for path in value.inputs if is_exact(path) and path not in judged],
        "targets": [path for path in value.outputs if not is_pattern(path)],
        "task_dep": names_of(after, where) if after else [],
        "params": options,
        "meta": {"buildgraph": value},
    }
    if arguments:
        task["pos_arg"] = "arguments"
    for key, given in (("name", name), ("basename", basename), ("doc", doc)):
        if given is not None:
            task[key] = name_of(key, given, where)
    return task


def _merged(carried: Mapping[str, str], given: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """Return the environment that a command carries, with what a task gives beside it or instead."""
    if given is not None and not isinstance(given, Mapping):
        return given  # It is refused with a sentence.
    return {**carried, **(given or {})}


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
