"""Command line of the wheels: build what is locked as a source archive, into a folder."""

import argparse
from pathlib import Path

from buildgraph import command
from buildgraph.rules.word import from_word

from . import Wheels
from .building import build


def main(argv: list[str]) -> None:
    """Have every wheel in the folder; raise BuildError for an archive that cannot be had or built."""
    parser = argparse.ArgumentParser(prog="wheels")
    parser.add_argument("wheels", help="the wheels, as one word")
    parser.add_argument("folder", help="where they are put")
    given = parser.parse_args(argv)
    build(from_word(Wheels, given.wheels), Path(given.folder))


if __name__ == "__main__":
    command.run(main)
