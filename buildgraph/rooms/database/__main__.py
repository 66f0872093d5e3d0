"""Command line of the database: `install` the server, `run` commands while it runs, `create` and `reset` the database."""

import argparse

from buildgraph import command
from buildgraph.leasing import DEVELOPMENT, split
from buildgraph.rules.word import from_word

from . import SERVICES, SURE, Database, binaries, verbs


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
    place = database.services if given.services == "auto" else given.services
    if given.verb == "install":
        binaries.install(database.package, database.folder)
    elif given.verb == "run":
        return verbs.run(database, given.server, place, commands)
    elif given.verb == "create":
        verbs.create(database, given.server, place)
    else:
        verbs.reset(database, given.server, place, given.yes)
    return 0


if __name__ == "__main__":
    command.run(main)
