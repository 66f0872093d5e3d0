"""Command line of a service: run commands while it runs."""

import argparse

from buildgraph import command
from buildgraph.leasing import DEVELOPMENT, foreground, split
from buildgraph.rules.word import from_word

from . import Service
from .instance import Instance, serving

HELP = ("-h", "--help")
"""How a command is asked what it understands, which it says without a service."""


def main(argv: list[str]) -> int:
    """Run the commands one after the other; return the first exit code that is not 0."""
    parser = argparse.ArgumentParser(prog="services")
    parser.add_argument("service", help="the service, as one word")
    parser.add_argument("--server", default=DEVELOPMENT, help="which of the checkout's instances")
    words, commands = split(argv)
    given = parser.parse_args(words)
    if commands[-1][-1] in HELP:
        return foreground.run(commands[-1], {})
    with serving(Instance(given.server, from_word(Service, given.service))) as variables:
        codes = (foreground.run(each, variables) for each in commands)
        return next((code for code in codes if code), 0)


if __name__ == "__main__":
    command.run(main)
