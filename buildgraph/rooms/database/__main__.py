"""Command line of the database: `run` keeps a server running beside a command, `reset` makes the database anew."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from buildgraph import command
from buildgraph.act.signals import Handled
from buildgraph.errors import BuildError

from . import BACKENDS, THEN
from .revival import kept_running
from .server import Address, Server, lease


def main(argv: list[str]) -> int:
    """Run one of the verbs; return the command's exit code."""
    parser = argparse.ArgumentParser(prog="database")
    parser.add_argument("verb", choices=("run", "create", "reset"))
    parser.add_argument("--server", default="development")
    parser.add_argument("--services", choices=BACKENDS, default="auto")
    parser.add_argument("--database", required=True)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--variable", default="")
    parser.add_argument("--scheme", default="postgresql")
    before, after = _split(argv)
    given = parser.parse_args(before)
    with _serving(given) as address:
        if given.verb == "reset":
            drop(address, given.database)
        create(address, given.database)
        if given.verb != "run":
            print(f"the database '{given.database}' is {'empty' if given.verb == 'reset' else 'there'}")
            return 0
        url = {given.variable: address.url(given.scheme, given.database)}
        environment = {**address.variables(given.database), **url}
        return next((code for command in _commands(after) if (code := run(command, environment))), 0)


@contextlib.contextmanager
def _serving(given: argparse.Namespace) -> Iterator[Address]:
    """Have a server run for a block of code, from where the options say."""
    if given.services == "compose":
        from .compose import running

        with running() as address:
            yield address
        return
    server = Server(given.server, Path(given.binaries))
    with lease(server) as address, kept_running(server, address, _say):
        yield address


def _say(text: str) -> None:
    print(f"database: {text}", file=sys.stderr, flush=True)


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split at the first `--`: our options, and the command to run."""
    end = argv.index("--") if "--" in argv else len(argv)
    return argv[:end], argv[end + 1 :]


def _commands(words: list[str]) -> Iterator[list[str]]:
    """Split at each `--then`."""
    while THEN in words:
        end = words.index(THEN)
        yield words[:end]
        words = words[end + 1 :]
    yield words


def create(address: Address, name: str) -> None:
    """Make the database unless it is there."""
    _administer(
        address, "select 1 from pg_database where datname = %s", name, "create database {} template template0"
    )


def drop(address: Address, name: str) -> None:
    """Drop the database, cutting its sessions off, if it is there."""
    _administer(
        address,
        "select 1 where %s not in (select datname from pg_database)",
        name,
        "drop database {} with (force)",
    )


def _administer(address: Address, done: str, name: str, statement: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(address.url("postgresql", "postgres"), autocommit=True) as connection:
        if connection.execute(done, [name]).fetchone() is None:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def run(arguments: list[str], environment: dict[str, str]) -> int:
    """Run a command to its end in the foreground; signals reach it, and its end is waited for.

    `python` stands for the interpreter of the tools environment, as everywhere in the graph.
    """
    if arguments[0] == "python":
        arguments = [sys.executable, *arguments[1:]]
    else:
        arguments = [str(Path(arguments[0]).absolute()), *arguments[1:]]
    try:
        child = subprocess.Popen(arguments, env={**os.environ, **environment})
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


if __name__ == "__main__":
    command.run(main)
