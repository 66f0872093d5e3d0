"""Command line of the migrations: `upgrade`, `check`, `revision -m MESSAGE`."""

import argparse

from buildgraph import command

from . import revisions


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="migrations")
    parser.add_argument("verb", choices=("upgrade", "check", "revision"))
    parser.add_argument("-m", "--message", default="")
    given = parser.parse_args(argv)
    if given.verb == "revision":
        revisions.ask(lambda config: revisions.revise(config, given.message))
    else:
        revisions.ask({"upgrade": revisions.upgrade, "check": revisions.check}[given.verb])


if __name__ == "__main__":
    command.run(main)
