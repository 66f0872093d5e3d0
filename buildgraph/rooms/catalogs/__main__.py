"""Command line of catalogs: `update` merges what the sources say, `compile` makes what programs read."""

import argparse
from pathlib import Path

from buildgraph import worker
from buildgraph.rules.word import from_word

from . import Catalogs, Language
from .compiling import compile_catalog
from .update import update


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="catalogs")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("update").add_argument("catalogs", help="as one word")
    compiling = verbs.add_parser("compile")
    compiling.add_argument("language", help="as one word")
    compiling.add_argument("binary", type=Path, help="the file to write")
    compiling.add_argument(
        "messages", type=Path, nargs="?", help="the file of the scripts' messages, if they are translated"
    )
    given = parser.parse_args(argv)
    if given.verb == "update":
        update(from_word(Catalogs, given.catalogs))
    else:
        compile_catalog(from_word(Language, given.language), given.binary, given.messages)


if __name__ == "__main__":
    worker.run(main)
