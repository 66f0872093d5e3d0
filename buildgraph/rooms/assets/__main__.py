"""Command line of the assets: the steps that Python runs."""

import argparse
from pathlib import Path

from buildgraph import worker
from buildgraph.rules.word import from_word

from .compress import compress_file, compress_tree
from .linking import link
from .maps import check_maps
from .publish import publish
from .shelf import Compression, Shelf

WORDS = {
    "link": ("script", "messages", "output", "variable"),
    "compress": ("compression", "source", "outputs"),
    "compress-tree": ("compression", "source", "into"),
    "publish": ("shelf", "into", "compressed"),
    "check-maps": ("folder",),
}


def main(argv: list[str]) -> None:
    """Run one of the steps."""
    parser = argparse.ArgumentParser(prog="assets")
    steps = parser.add_subparsers(dest="step", required=True)
    for name, words in WORDS.items():
        step = steps.add_parser(name)
        for word in words:
            step.add_argument(word, nargs={"outputs": "*", "compressed": "?"}.get(word))
    given = parser.parse_args(argv)
    if given.step == "link":
        link(Path(given.script), Path(given.messages), Path(given.output), given.variable)
    elif given.step == "compress":
        compress_file(
            Path(given.source), from_word(Compression, given.compression), [*map(Path, given.outputs)]
        )
    elif given.step == "compress-tree":
        compress_tree(Path(given.source), from_word(Compression, given.compression), Path(given.into))
    elif given.step == "check-maps":
        check_maps(Path(given.folder))
    else:
        publish(from_word(Shelf, given.shelf), Path(given.into), given.compressed or "")


if __name__ == "__main__":
    worker.run(main)
