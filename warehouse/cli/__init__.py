"""The command line, `doit manage` (`python -m warehouse` without the graph, or a bundle): what an operator or developer asks of the application.

Commands import what they need when they run: `--help` is quick, and the web application never imports a
command.
"""

import argparse
import os
import sys
from importlib import import_module
from typing import Any

from warehouse.errors import WarehouseError

LAST_PORT = 65535


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port; ports are 0 to {LAST_PORT}")
    return int(text)


GROUPS = {
    "user": "Add and list people.",
    "token": "Make, list and revoke API tokens.",
    "classifiers": "Keep the classifiers.",
    "metadata": "Keep what files say about themselves.",
}
# Words, what runs, what it does; then its arguments by name, with argparse's options.
FLAG = {"action": "store_true"}
NAME: dict[str, Any] = {"username": {}}
COMMANDS: tuple[tuple[str, str, str, dict[str, dict[str, Any]]], ...] = (
    ("serve", "serve:serve", "Serve the index over HTTP.", {
        "--host": {"default": "127.0.0.1", "help": "the address to listen at (default: %(default)s)"},
        "--port": {"default": 8000, "type": _port, "help": "0 takes a free one (default: %(default)s)"},
        "--worker": FLAG | {"help": "run a worker beside the web process"},
    }),
    ("worker", "work:worker", "Do the jobs that requests leave behind.", {
        "--until-closed": FLAG | {"help": "end when standard input is closed"},
        "--until-empty": FLAG | {"help": "end when no job waits"},
    }),
    ("upgrade", "upgrade:upgrade", "Bring the database to the newest revision that this code has.", {}),
    ("user add", "people:add_user", "Add a person.", NAME | {"email": {}}),
    ("user list", "people:list_users", "List the people.", {}),
    ("user password", "people:set_password", "Set a password, read from standard input.", NAME),
    ("user admin", "people:make_admin", "Make a person an administrator.", NAME),
    ("token create", "people:create_token", "Make a token and print it, once.", NAME | {
        "--project": {"help": "allow uploads to this project only"},
        "--description": {"default": "", "help": "what the token is for"},
    }),
    ("token list", "people:list_tokens", "List the tokens, without their secrets.", {}),
    ("token revoke", "people:revoke_token", "Make a token worthless.", {
        "token_id": {"type": int, "metavar": "NUMBER"},
    }),
    ("classifiers sync", "work:sync_classifiers", "Take over the classifiers of the installed package.", {}),
    ("metadata extract", "work:extract_metadata", "Extract what is missing beside wheels.", {
        "--all": FLAG | {"help": "extract it from every file again"},
    }),
    ("reindex", "work:reindex", "Have the search read every project again.", {}),
    ("purge", "work:purge", "Have the CDN forget addresses of this site.", {
        "addresses": {"nargs": "+", "metavar": "URL"},
        "--project": FLAG | {"help": "purge all pages of the projects of these names"},
    }),
    ("sample-data", "work:fill", "Fill the index with made-up projects.", {
        "--projects": {"default": 300, "type": int, "help": "how many (default: %(default)s)"},
    }),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run one command; return its exit status, 1 for a person's error, said in one sentence."""
    options = vars(_parser().parse_args(arguments))
    module, function = options.pop("run").split(":")
    try:
        return getattr(import_module(f"warehouse.cli.{module}"), function)(**options) or 0
    except WarehouseError as error:
        print(f"warehouse: {error}", file=sys.stderr)
        return 1


def _program() -> str:
    """Return what is typed: the name of the bundle that this runs in (pex says it), or else a task."""
    return os.path.basename(os.environ.get("PEX", "")) or "doit manage"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_program(), description="A package index.")
    places = {"": parser.add_subparsers(required=True, metavar="COMMAND")}
    for group, about in GROUPS.items():
        made = places[""].add_parser(group, help=about, description=about)
        places[group] = made.add_subparsers(required=True, metavar="COMMAND")
    for words, run, about, arguments in COMMANDS:
        group, _, name = words.rpartition(" ")
        command = places[group].add_parser(name, help=about, description=about)
        command.set_defaults(run=run)
        for argument, options in arguments.items():
            command.add_argument(argument, **options)
    return parser
