"""Verbs: what the command line does to a database, each while its server runs."""

from __future__ import annotations

from buildgraph import passing
from buildgraph.asking import agrees
from buildgraph.errors import BuildError
from buildgraph.leasing import DEVELOPMENT, foreground

from . import Database, administer, beside, tables
from .server import Address

HELP = ("-h", "--help")
"""How a command is asked what it understands, which it says without a database."""


def run(database: Database, server: str, services: str, commands: list[list[str]]) -> int:
    """Run commands one after the other while the server of the database runs, which is created if it is missing; return the exit code."""
    if commands[-1][-1] in HELP:
        return foreground.run(commands[-1], {})
    with beside.serving(database, server, services) as (address, name):
        administer.create(address, name)
        return beside.run_all(
            commands, database, address, name, lambda: _note(database, server, address, name)
        )


def create(database: Database, server: str, services: str) -> None:
    """Create the database if it is missing."""
    with beside.serving(database, server, services) as (address, name):
        administer.create(address, name)
        _note(database, server, address, name)
    passing.clear()
    print(f"the database '{name}' is there")


def reset(database: Database, server: str, services: str, is_sure: bool) -> None:
    """Drop the database with all that is in it and create it anew, after a question if nobody is sure."""
    if services == "given":
        raise BuildError(
            f"the server of '{database.variable}' is not ours, so nothing of it is dropped",
            "",
            "Empty the database yourself, or take the embedded server.",
        )
    if not (is_sure or agrees(f"drop the database '{database.name}' with all that is in it?")):
        print(f"the database '{database.name}' is unchanged")
        return
    with beside.serving(database, server, services) as (address, name):
        administer.drop(address, name)
        administer.create(address, name)
        _note(database, server, address, name)
    passing.clear()
    print(f"the database '{database.name}' is empty")


def _note(database: Database, server: str, address: Address, name: str) -> None:
    if server == DEVELOPMENT:
        tables.note(address, name, database.tables)
