"""Beside: a server that runs for a block of code, and commands that run meanwhile."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from buildgraph import passing
from buildgraph.leasing.foreground import run
from buildgraph.leasing.revival import kept_running

from . import Database
from .server import Address, Server, guardian, lease


@contextlib.contextmanager
def serving(database: Database, server: str, services: str) -> Iterator[tuple[Address, str]]:
    """Have a server run for a block of code, from where `services` says; give its address and the name of the database there."""
    if services == "given":
        from .given import read

        yield read(database, server)
        return
    if services == "compose":
        from .compose import running

        with running(database.compose) as address:
            yield address, database.name
        return
    named = Server(server, Path(database.folder), database.tcp)
    passing.show("starting the database's server")
    with lease(named) as address, kept_running(named, guardian(named), asdict(address), _say):
        yield address, database.name


def _say(text: str) -> None:
    passing.clear()
    print(f"database: {text}", file=sys.stderr, flush=True)


def run_all(
    commands: Iterable[list[str]], database: Database, address: Address, name: str, done: Callable[[], None]
) -> int:
    """Run commands one after the other with the database's address in their environment; return the first exit code that is not 0.

    `done` is called after each of them.
    """
    url = {database.variable: address.url(database.scheme, name)}
    environment = {**address.variables(name), **url}
    for command in commands:
        passing.clear()
        code = run(command, environment)
        done()
        if code:
            return code
    return 0
