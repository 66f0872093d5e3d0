"""Command line of the locks: `compile`, `adopt` and `upgrade` write them; `check` verifies them offline, `verify` and `oracle` online."""

import argparse

from buildgraph import command
from buildgraph.rules.word import from_word

from . import MOVING, REWRITE, UPGRADE_OPTIONS, Locks, checking, writing
from .status import read_status

CHECKS = {"check": checking.check, "verify": checking.verify_locks, "oracle": checking.ask_oracle}
WRITES = {"compile": writing.compile_locks, "adopt": writing.adopt, "upgrade": writing.upgrade}


def main(argv: list[str]) -> None:
    """Run one of the verbs; raise BuildError with what is wrong."""
    parser = argparse.ArgumentParser(prog="locks")
    parser.add_argument("verb", choices=(*WRITES, *CHECKS))
    parser.add_argument("locks", help="the locks, as one word")
    parser.add_argument("--trial", default="", help="how an upgrade is tested, as one word")
    command.add_options(parser, (REWRITE, MOVING, *UPGRADE_OPTIONS))
    parser.add_argument(
        "names", nargs="*", help="the packages to upgrade, or the files to adopt; none means all"
    )
    given = parser.parse_intermixed_args(argv)
    locks = from_word(Locks, given.locks)
    status = read_status(locks)
    if given.verb in CHECKS:
        CHECKS[given.verb](locks, status)
    else:
        WRITES[given.verb](locks, status, given)


if __name__ == "__main__":
    command.run(main)
