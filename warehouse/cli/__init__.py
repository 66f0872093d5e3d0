"""The command line, `python -m warehouse`: what an operator or developer asks of the application.

Commands import what they need when they run: `--help` is quick, and the web application never imports a
command.
"""

import argparse
import sys
from importlib import import_module

from warehouse.errors import WarehouseError

DEFAULT_PROJECTS = 300
LAST_PORT = 65535


def main(arguments: list[str]) -> int:
    """Run one command; return its exit status, 1 for a person's error, said in one sentence."""
    options = vars(_parser().parse_args(arguments))
    module, function = options.pop("run").split(":")
    try:
        return getattr(import_module(f"warehouse.cli.{module}"), function)(**options) or 0
    except WarehouseError as error:
        print(f"warehouse: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m warehouse", description="A package index.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_sample_data(commands)
    _add_user(commands)
    _add_token(commands)
    _add_work(commands)
    return parser


def _command(commands: argparse._SubParsersAction, name: str, run: str, help: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help, description=help)
    command.set_defaults(run=run)
    return command


def _group(commands: argparse._SubParsersAction, name: str, help: str) -> argparse._SubParsersAction:
    group = commands.add_parser(name, help=help, description=help)
    return group.add_subparsers(required=True, metavar="COMMAND")


def _add_serve(commands: argparse._SubParsersAction) -> None:
    serve = _command(commands, "serve", "serve:serve", "Serve the index over HTTP.")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    serve.add_argument("--port", default=8000, type=_port, help="0 takes a free one (default: %(default)s)")
    serve.add_argument("--worker", action="store_true", help="run a worker beside the web process")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port; ports are 0 to {LAST_PORT}")
    return int(text)


def _add_sample_data(commands: argparse._SubParsersAction) -> None:
    samples = _command(commands, "sample-data", "samples:fill", "Fill the index with made-up projects.")
    samples.add_argument(
        "--projects", default=DEFAULT_PROJECTS, type=int, help="how many (default: %(default)s)"
    )


def _add_user(commands: argparse._SubParsersAction) -> None:
    group = _group(commands, "user", "Add and list people.")
    add = _command(group, "add", "people:add_user", "Add a person.")
    add.add_argument("username")
    add.add_argument("email")
    _command(group, "list", "people:list_users", "List the people.")
    password = _command(group, "password", "people:set_password", "Set a password, read from standard input.")
    password.add_argument("username")
    admin = _command(group, "admin", "people:make_admin", "Make a person an administrator.")
    admin.add_argument("username")


def _add_work(commands: argparse._SubParsersAction) -> None:
    worker = _command(commands, "worker", "work:worker", "Do the jobs that requests leave behind.")
    worker.add_argument("--until-closed", action="store_true", help="end when standard input is closed")
    worker.add_argument("--until-empty", action="store_true", help="end when no job waits")
    group = _group(commands, "classifiers", "Keep the classifiers.")
    _command(group, "sync", "work:sync_classifiers", "Take over the classifiers of the installed package.")
    group = _group(commands, "metadata", "Keep what files say about themselves.")
    extract = _command(group, "extract", "work:extract_metadata", "Extract what is missing beside wheels.")
    extract.add_argument("--all", action="store_true", help="extract it from every file again")
    purge = _command(commands, "purge", "cdn:purge", "Have the CDN forget addresses of this site.")
    purge.add_argument("addresses", nargs="+", metavar="URL")
    purge.add_argument(
        "--project", action="store_true", help="purge all pages of the projects of these names"
    )
    _command(commands, "reindex", "work:reindex", "Have the search read every project again.")


def _add_token(commands: argparse._SubParsersAction) -> None:
    group = _group(commands, "token", "Make, list and revoke API tokens.")
    create = _command(group, "create", "people:create_token", "Make a token and print it, once.")
    create.add_argument("username")
    create.add_argument("--project", help="allow uploads to this project only")
    create.add_argument("--description", default="", help="what the token is for")
    _command(group, "list", "people:list_tokens", "List the tokens, without their secrets.")
    revoke = _command(group, "revoke", "people:revoke_token", "Make a token worthless.")
    revoke.add_argument("token_id", type=int, metavar="NUMBER")
