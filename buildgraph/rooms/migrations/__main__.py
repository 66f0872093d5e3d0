"""Command line of the migrations: `upgrade`, `check`, `revision -m MESSAGE`, `downgrade [REVISION]`."""

import argparse

from buildgraph import command

from . import revisions


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="migrations")
    parser.add_argument("verb", choices=("upgrade", "check", "revision", "downgrade"))
    parser.add_argument("revision", nargs="?", default="")
    parser.add_argument("-m", "--message", default="")
    given = parser.parse_args(argv)
    if given.verb == "revision":
        revisions.ask(lambda config: revisions.revise(config, given.message))
    elif given.verb == "downgrade":
        revisions.ask(lambda config: revisions.downgrade(config, given.revision), is_head_needed=False)
    else:
        revisions.ask({"upgrade": revisions.upgrade, "check": revisions.check}[given.verb])


if __name__ == "__main__":
    command.run(main)
