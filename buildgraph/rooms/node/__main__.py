"""Command line of node: `runtime` lays out node, `modules` runs npm ci, `lock` writes package-lock.json."""

import argparse

from buildgraph import command

from . import Node
from .modules import install, lock
from .runtime import lay_out


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="node")
    parser.add_argument("verb", choices=("runtime", "modules", "lock"))
    parser.add_argument("--folder", required=True)
    parser.add_argument("--lock", required=True)
    parser.add_argument("--stamp", default="")
    given = parser.parse_args(argv)
    node = Node(given.lock, given.folder)
    if given.verb == "runtime":
        print(f"node {lay_out(node)}")
    elif given.verb == "modules":
        install(node, given.stamp)
    else:
        lock(node)


if __name__ == "__main__":
    command.run(main)
