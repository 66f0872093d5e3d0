"""Command line of the migrations: `upgrade`, `check`, `revision -m MESSAGE`, `downgrade [REVISION]`."""

import argparse

from buildgraph import command, passing

from . import Migrations, head
from .address import current

DOING = {"upgrade": "looking at the database's tables", "check": "comparing models and tables"}
"""The line that is shown until Alembic and the models are imported, which takes a second, and have done their work."""


def main(argv: list[str]) -> None:
    """Run one of the verbs; a database that is at the head is known without importing Alembic and the models."""
    parser = argparse.ArgumentParser(prog="migrations")
    parser.add_argument("verb", choices=("upgrade", "check", "revision", "downgrade"))
    parser.add_argument("revision", nargs="?", default="")
    parser.add_argument("-m", "--message", default="")
    for name in ("settings", "variable"):
        parser.add_argument(f"--{name}", default=getattr(Migrations, name))
    given = parser.parse_args(argv)
    if given.verb in DOING:
        passing.show(DOING[given.verb])
    chain = head.read(given.settings) if given.verb == "upgrade" else None
    if chain and head.is_reached(chain, current(given.variable)):
        passing.clear()
        print(f"the database is at '{chain.head}'")
        return
    from . import revisions

    revisions.do(given)


if __name__ == "__main__":
    command.run(main)
