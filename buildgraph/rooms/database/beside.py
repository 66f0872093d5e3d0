"""Beside: a server that runs for a block of code, and commands that run meanwhile."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from buildgraph import passing
from buildgraph.act.signals import Handled
from buildgraph.errors import BuildError
from buildgraph.handed import passed_on

from . import Database
from .revival import kept_running
from .server import Address, Server, lease


@contextlib.contextmanager
def serving(database: Database, server: str, services: str) -> Iterator[Address]:
    """Have a server run for a block of code, from where `services` says."""
    if services == "compose":
        from .compose import running

        with running() as address:
            yield address
        return
    named = Server(server, Path(database.folder))
    passing.show("starting the database's server")
    with lease(named) as address, kept_running(named, address, _say):
        yield address


def _say(text: str) -> None:
    passing.clear()
    print(f"database: {text}", file=sys.stderr, flush=True)


def run_all(
    commands: Iterable[list[str]], database: Database, address: Address, done: Callable[[], None]
) -> int:
    """Run commands one after the other with the database's address in their environment; return the first exit code that is not 0.

    `done` is called after each of them.
    """
    url = {database.variable: address.url(database.scheme, database.name)}
    environment = {**address.variables(database.name), **url}
    for command in commands:
        passing.clear()
        code = run(command, environment)
        done()
        if code:
            return code
    return 0


def run(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end in the foreground; signals reach it, and its end is waited for.

    `python` stands for the interpreter of the tools environment, as everywhere in the graph.
    """
    if arguments[0] == "python":
        arguments = [sys.executable, *arguments[1:]]
    else:
        arguments = [str(Path(arguments[0]).absolute()), *arguments[1:]]
    try:
        child = subprocess.Popen(arguments, env={**os.environ, **environment, **passed_on()})
    except OSError as error:
        raise BuildError(f"cannot start '{arguments[0]}': {error.strerror}", "", "Run 'doit env'.") from None
    with Handled(lambda number: _pass_on(child, number)):
        return _wait(child)


def _pass_on(child: subprocess.Popen[bytes], number: int) -> None:
    """Pass SIGTERM and SIGHUP on; Ctrl-C has reached the child already, through the terminal."""
    if number != signal.SIGINT and child.poll() is None:
        child.send_signal(number)


def _wait(child: subprocess.Popen[bytes]) -> int:
    code = child.wait()
    return 128 - code if code < 0 else code
