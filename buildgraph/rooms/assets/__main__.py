"""Command line of the assets: collect what was compiled."""

import argparse
from pathlib import Path

from buildgraph import command
from buildgraph.rules.word import from_word

from . import Collection
from .collect import collect


def main(argv: list[str]) -> None:
    """Fill a folder from others."""
    parser = argparse.ArgumentParser(prog="assets")
    parser.add_argument("collection", help="what is collected, as one word")
    parser.add_argument("into", type=Path, help="the folder to fill")
    given = parser.parse_args(argv)
    collect(from_word(Collection, given.collection), given.into)


if __name__ == "__main__":
    command.run(main)
