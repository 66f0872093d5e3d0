"""Command line of the assets: the steps that Python runs."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from buildgraph import worker
from buildgraph.rules.word import from_word

from .compress import compress_file, compress_tree
from .linking import link
from .maps import check_maps
from .publish import publish
from .shelf import Compression, Shelf

STEPS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {  # what does it, and what its words are
    "link": (link, ("script", "messages", "output", "variable")),
    "compress": (compress_file, ("compression", "source", "outputs")),
    "compress-tree": (compress_tree, ("compression", "source", "into")),
    "publish": (publish, ("shelf", "into", "compressed")),
    "check-maps": (check_maps, ("folder",)),
}
KINDS: dict[str, Callable[[str], object]] = {
    "compression": partial(from_word, Compression),
    "shelf": partial(from_word, Shelf),
    "variable": str,
}
"""How a word is read that is not a path."""


def main(argv: list[str]) -> None:
    """Run one of the steps."""
    parser = argparse.ArgumentParser(prog="assets")
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("words", nargs="+")
    given = parser.parse_args(argv)
    work, names = STEPS[given.step]
    names = (*names, *names[-1:] * len(given.words))
    work(*(KINDS.get(name, Path)(word) for name, word in zip(names, given.words, strict=False)))


if __name__ == "__main__":
    worker.run(main)
