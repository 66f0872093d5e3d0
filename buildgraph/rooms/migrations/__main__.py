"""Command line of the migrations: `upgrade`, `check`, `revision -m MESSAGE`, `downgrade [REVISION]`."""

import argparse

from buildgraph import command, passing

DOING = {"upgrade": "looking at the database's tables", "check": "comparing models and tables"}
"""The line that is shown until Alembic and the models are imported, which takes a second, and have done their work."""


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="migrations")
    parser.add_argument("verb", choices=("upgrade", "check", "revision", "downgrade"))
    parser.add_argument("revision", nargs="?", default="")
    parser.add_argument("-m", "--message", default="")
    given = parser.parse_args(argv)
    if given.verb in DOING:
        passing.show(DOING[given.verb])
    from . import revisions

    if given.verb == "revision":
        revisions.ask(lambda config: revisions.revise(config, given.message))
    elif given.verb == "downgrade":
        revisions.ask(lambda config: revisions.downgrade(config, given.revision), is_head_needed=False)
    else:
        revisions.ask({"upgrade": revisions.upgrade, "check": revisions.check}[given.verb])


if __name__ == "__main__":
    command.run(main)
