"""Command line of node: lay it out, install its packages, repair them, lock them, pin node itself."""

import argparse

from buildgraph import command

from . import Modules, Node, modules, pinning, runtime

VERBS = ("runtime", "modules", "repair", "lock", "pin")


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="node")
    parser.add_argument("verb", choices=VERBS)
    for name in ("folder", "lock", "pin"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--stamp", default=Modules.stamp)
    parser.add_argument("--record", default=Modules.record)
    given = parser.parse_args(argv)
    node = Node(given.lock, given.pin, given.folder)
    packages = Modules(stamp=given.stamp, record=given.record)
    if given.verb == "runtime":
        print(runtime.lay_out(node))
    elif given.verb == "modules":
        print(modules.install(node, packages), end="")
    elif given.verb == "repair":
        print(modules.repair(node, packages))
    elif given.verb == "lock":
        print(modules.lock(node), end="")
    else:
        print(pinning.write(node))


if __name__ == "__main__":
    command.run(main)
