"""Command line of the database: `install` the server, `run` commands beside it, `create` and `reset` the database."""

import argparse

from buildgraph import command
from buildgraph.asking import agrees
from buildgraph.rules.word import from_word

from . import SERVICES, SURE, Database, administer, beside, binaries, split, tables

DEVELOPMENT = "development"


def main(argv: list[str]) -> int:
    """Run one of the verbs; return the commands' exit code."""
    parser = argparse.ArgumentParser(prog="database")
    parser.add_argument("verb", choices=("install", "run", "create", "reset"))
    parser.add_argument("database", help="the database, as one word")
    parser.add_argument("--server", default=DEVELOPMENT, help="which of the checkout's servers")
    command.add_options(parser, [SERVICES, SURE])
    words, commands = split(argv)
    given = parser.parse_args(words)
    database = from_word(Database, given.database)
    if given.verb == "install":
        binaries.install(database.package, database.folder)
        return 0
    question = f"drop the database '{database.name}' with all that is in it?"
    if given.verb == "reset" and not (given.yes or agrees(question)):
        print(f"the database '{database.name}' is as it was")
        return 0
    with beside.serving(database, given.server, given.services) as address:
        if given.verb == "reset":
            administer.drop(address, database.name)
        administer.create(address, database.name)

        def note() -> None:
            if given.server == DEVELOPMENT:
                tables.note(address, database.name, database.tables)

        if given.verb == "run":
            return beside.run_all(commands, database, address, note)
        note()
    print(f"the database '{database.name}' is {'empty' if given.verb == 'reset' else 'there'}")
    return 0


if __name__ == "__main__":
    command.run(main)
