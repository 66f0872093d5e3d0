"""Serve: a supervisor that keeps an application running over changed, broken and fixed sources.

Theory of operation. `states` is a table: who answers requests, in this state, on this event. `supervisor` joins what decides (`states`, `relevance`) with
what does: `crew` has the processes, `edits` the files, `around` the graph's tasks and other programs. What has a task of its own (assets, locks,
migrations) is made by running that task, as a person would. docs/design/serve.md tells the whole of it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from buildgraph.rules.command import Command, around

MODULE = "buildgraph.serve"


def command(
    name: str,
    program: Sequence[str],
    *,
    bind: str,
    code: Iterable[str],
    tasks: Iterable[str] = (),
    asked: Mapping[str, Sequence[str]] | None = None,
    live: Iterable[str] = (),
    ground: Iterable[str] = (),
    beside: Mapping[str, Sequence[str]] | None = None,
    banner: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
    apart: Mapping[str, Sequence[str]] | None = None,
    told: Mapping[str, str] | None = None,
    options: Sequence[Mapping] = (),
) -> Command:
    """Return the command that serves `module:callable` at `bind`, with the interpreter and the environment of a `program`, and follows what is saved.

    Python below the `code` folders, and what a start has read, starts the application again. `tasks` make what it uses: they run when what the graph says that they read has
    changed. `asked` are tasks for changes below a path that the graph does not tell of, such as migrations; the application starts again after them. What is `live` it reads again
    by itself (assets, by their manifest); `ground` are files that it stands on without reading them (the stamp of its environment). `beside` are other programs that run while it
    answers, by the names that are put before their lines. The `banner` is what a person is told when it answers first, by name; what begins with "/" is a page of the application.
    `hints` say what to do about errors, by the names of their classes. What is `apart` are such commands of services, which `--with` and `--all` start as well; `told` names the
    variables that hold the origin of the application (by its package) or of a service (by its name), for those that run.
    """
    given = {"code": code, "task": tasks, "live": live, "ground": ground}
    named = {"banner": banner, "hint": hints, "beside": beside, "apart": apart, "told": told}
    named["asked"] = {path: ",".join(names) for path, names in (asked or {}).items()}
    given |= {option: _named(values) for option, values in named.items()}
    words = [f"--{option}={value}" for option, values in given.items() for value in values]
    own = ["python", "-m", MODULE, f"--app={name}", f"--python={program[0]}", f"--bind={bind}", *words]
    return around(
        own,
        *(beside or {}).values(),
        *(apart or {}).values(),
        program,
        options=[*options, *_choice(apart)],
        address=bind,
    )


def _named(values: Mapping[str, str | Sequence[str]] | None) -> list[str]:
    """Return words `NAME=VALUE`, a list of words as JSON."""
    return [
        f"{name}={value if isinstance(value, str) else json.dumps(list(value))}"
        for name, value in (values or {}).items()
    ]


def _choice(services: Mapping[str, Sequence[str]] | None) -> Iterable[Mapping]:
    """Yield the options that choose among services, if there are any."""
    from buildgraph.rules.verbs import option

    if services:
        yield option("with", "", f"services that run, too: {','.join(services)}")
        yield option("all", False, "run all services, too")
