"""Command line of node: lay it out, install its packages, repair them, lock them, pin node itself."""

import argparse
from collections.abc import Callable
from typing import Any

from buildgraph import command
from buildgraph.rules.word import from_word

from . import Modules, Node, modules, pinning, runtime

VERBS: dict[str, tuple[type, Callable[[Any], str]]] = {
    "runtime": (Node, runtime.lay_out),
    "modules": (Modules, modules.install),
    "repair": (Modules, modules.repair),
    "lock": (Node, modules.lock),
    "pin": (Node, pinning.write),
}
"""What each verb works with, and what does the work and returns what to say."""


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="node")
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("value", help="what it works with, as one word")
    given = parser.parse_args(argv)
    kind, work = VERBS[given.verb]
    if said := work(from_word(kind, given.value)).rstrip():
        print(said)


if __name__ == "__main__":
    command.run(main)
