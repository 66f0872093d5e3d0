"""Command line of the environment: make a folder hold exactly what hashed files say."""

import argparse

from buildgraph import command
from buildgraph.rules.word import from_word

from . import Environment
from .sync import sync


def main(argv: list[str]) -> None:
    """Make the environment hold what the files say, and every package be as its RECORD says."""
    parser = argparse.ArgumentParser(prog="environment")
    parser.add_argument("environment", help="the environment, as one word")
    parser.add_argument("--deep", action="store_true", help="compare digests, too, and not only sizes")
    given = parser.parse_args(argv)
    sync(from_word(Environment, given.environment), given.deep)


if __name__ == "__main__":
    command.run(main)
