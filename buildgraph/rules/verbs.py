"""The four verbs of `dodo.py`: what is made, what is verified, what is done when it is asked for, and what serves.

Each verb returns a doit task dictionary whose `meta["buildgraph"]` is the frozen value that the engine works
with. doit sees the exact edges (`file_dep`, `targets`, `task_dep`); patterns and trees are resolved by the
engine, since what they match is known only when the tasks before them have ended.

What a keyword takes, and which verb has it, is one table: `keywords`. The signatures say the same to editors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from buildgraph.errors import BuildError
from buildgraph.layout import Glob, canonical
from buildgraph.patterns import refuse_impossible
from buildgraph.rules.chosen import MARK
from buildgraph.rules.given import several
from buildgraph.rules.task import caller, task
from buildgraph.rules.values import Check, Rule, Run, Service


def rule(
    *,
    inputs: Iterable[object] = (),
    outputs: Iterable[object] = (),
    command: Iterable[object] = (),
    name: str | None = None,
    basename: str | None = None,
    doc: str | None = None,
    topic: str = "",
    after: Iterable[str] = (),
    environment: Mapping[str, object] | tuple[()] = (),
    inherit: Iterable[str] = (),
    network: bool = False,
    tools: Iterable[object] = (),
    options: Iterable[Mapping] = (),
    arguments: bool | Iterable[str] = False,
    explains: Mapping[str, str] | tuple[()] = (),
    discovers: object | None = None,
    may_be_empty: Iterable[object] = (),
    always: bool = False,
    foreground: bool = False,
    worker: int = 0,
    fills: Iterable[object] = (),
    opens: object | None = None,
    cached: bool = False,
    tells: bool = False,
    **unknown: object,
) -> dict:
    """Return the doit task that makes `outputs` from `inputs` with `command`."""
    return task(Rule, locals())


def check(
    *,
    inputs: Iterable[object] = (),
    judges: Iterable[object] = (),
    command: Iterable[object] = (),
    name: str | None = None,
    basename: str | None = None,
    doc: str | None = None,
    topic: str = "",
    after: Iterable[str] = (),
    environment: Mapping[str, object] | tuple[()] = (),
    inherit: Iterable[str] = (),
    network: bool = False,
    tools: Iterable[object] = (),
    options: Iterable[Mapping] = (),
    arguments: bool | Iterable[str] = False,
    explains: Mapping[str, str] | tuple[()] = (),
    discovers: object | None = None,
    may_be_empty: Iterable[object] = (),
    always: bool = False,
    foreground: bool = False,
    worker: int = 0,
    **unknown: object,
) -> dict:
    """Return the doit task that verifies `inputs` with `command`.

    What it `judges` are inputs, too, taken as they are: a task that makes them runs after it, not first.
    """
    return task(Check, locals())


def run(
    *,
    needs: Iterable[str] = (),
    command: Iterable[object] = (),
    name: str | None = None,
    basename: str | None = None,
    doc: str | None = None,
    topic: str = "",
    after: Iterable[str] = (),
    environment: Mapping[str, object] | tuple[()] = (),
    inherit: Iterable[str] = (),
    network: bool = False,
    tools: Iterable[object] = (),
    options: Iterable[Mapping] = (),
    arguments: bool | Iterable[str] = False,
    explains: Mapping[str, str] | tuple[()] = (),
    **unknown: object,
) -> dict:
    """Return the doit task that runs `command` on the terminal, after the tasks of `needs`, each time it is asked for."""
    return task(Run, locals())


def service(
    *,
    needs: Iterable[str] = (),
    command: Iterable[object] = (),
    name: str | None = None,
    basename: str | None = None,
    doc: str | None = None,
    topic: str = "",
    after: Iterable[str] = (),
    environment: Mapping[str, object] | tuple[()] = (),
    inherit: Iterable[str] = (),
    network: bool = False,
    tools: Iterable[object] = (),
    options: Iterable[Mapping] = (),
    arguments: bool | Iterable[str] = False,
    explains: Mapping[str, str] | tuple[()] = (),
    address: str = "",
    **unknown: object,
) -> dict:
    """Return the doit task that runs `command` on the terminal, after the tasks of `needs`, until the user ends it.

    With an `address`, `HOST:PORT`, nothing is built if that is taken; if a task of `needs` fails, it is shown there until it is mended.
    """
    return task(Service, locals())


def runs(needs: Iterable[str], commands: Mapping[str, Sequence[str]]) -> list[dict]:
    """Return a `run` task for each name and its command, all after the tasks of `needs`; `doc` comes with the command."""
    return [run(basename=name, needs=needs, command=command) for name, command in commands.items()]


def glob(pattern: str) -> Glob:
    """Return a pattern in which brackets are syntax, too: `glob("src/[ab]*.c")`; in a plain text only `*` and `?` are."""
    where = caller(sys._getframe())
    if not isinstance(pattern, str):
        raise BuildError(f"glob({pattern!r}) is not a pattern", where, "Write a string.")
    refuse_impossible(canonical(Glob(pattern.removeprefix(MARK)), where), where)
    return Glob(pattern)


def option(
    name: str, default: object = "", help: str = "", choices: Iterable[str] = (), short: str = ""
) -> dict:
    """Return an option of a task, as doit describes it; its type is that of the default, and without one (`...`) it must be given.

    Its value goes where the command says `{name}`; if it says so nowhere, `--name=value` is appended to it.
    """
    described = {
        "name": name,
        "long": name,
        "default": default,
        "help": help,
        "type": str if default is ... else type(default),
        "short": short,
    }
    return described | {
        "choices": [(choice, "") for choice in several("choices", choices, caller(sys._getframe()))]
    }
