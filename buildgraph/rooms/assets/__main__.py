"""Command line of the assets: the steps that Python runs."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from buildgraph import worker
from buildgraph.rules.word import from_word

from .compress import compress_file, compress_tree
from .linking import link
from .maps import check_maps
from .publish import publish
from .shelf import Compression, Shelf

COMPRESSION, SHELF = partial(from_word, Compression), partial(from_word, Shelf)
STEPS: dict[str, Any] = {
    "link": (link, Path, Path, Path, str),
    "compress": (compress_file, COMPRESSION, Path, Path),
    "compress-tree": (compress_tree, COMPRESSION, Path, Path),
    "publish": (publish, SHELF, Path, Path),
    "check-maps": (check_maps, Path),
}
"""What does a step, and how its words are read; there may be more of the last kind."""


def main(argv: list[str]) -> None:
    """Run one of the steps."""
    parser = argparse.ArgumentParser(prog="assets")
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("words", nargs="+")
    given = parser.parse_args(argv)
    work, *kinds = STEPS[given.step]
    kinds += kinds[-1:] * len(given.words)
    work(*(read(word) for read, word in zip(kinds, given.words, strict=False)))


if __name__ == "__main__":
    worker.run(main)
