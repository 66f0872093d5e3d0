"""`python -m buildgraph.impact [-- PYTEST'S ARGUMENTS]`: say whether anything is affected, without pytest."""

from __future__ import annotations

import argparse
import os
import sys

from . import STORE, store
from .certificate import ask
from .flaky import listing


def main(argv: list[str]) -> int:
    """Return 0 if nothing is affected, 1 if something is or nobody knows."""
    parser = argparse.ArgumentParser(prog="python -m buildgraph.impact", allow_abbrev=False)
    parser.add_argument("--root", default=".", metavar="DIR", help="pytest's rootdir")
    parser.add_argument("--store", default=STORE, metavar="DIR", help="where traces are kept, below the root")
    parser.add_argument(
        "--flaky", action="store_true", help="list the tests whose result changed while no fact did"
    )
    parser.add_argument("words", nargs="*", metavar="ARGUMENT", help="what pytest would be called with")
    given = parser.parse_args(argv)
    folder = os.path.join(given.root, given.store)
    if given.flaky:
        print("\n".join(listing(store.read(folder, name) for name in store.names(folder))) or "none is flaky")
        return 0
    answer = ask(given.root, folder, given.words, os.environ)
    if answer.is_nothing:
        print(f"nothing is affected: {answer.known} results hold")
        return 0
    print(
        f"affected: {answer.affected} of {answer.known} tests"
        if answer.affected
        else f"run pytest: {answer.reason}"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
