"""Said: what the command line says of what is served, and of what runs around it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from buildgraph.act.address import Address
from buildgraph.errors import BuildError

from . import apart
from .around import Given

PORTS_APART = 100
"""Between the port of the application and those of its programs, as tools that run a Procfile have it."""
REPEATED = {
    "code": ("DIR", "what is followed instead of all of the root"),
    "watch": ("DIR", "what else is followed"),
    "live": ("PATH", "what the application reads again by itself"),
    "ground": ("FILE", "what it stands on: another content is a reason to start again"),
    "task": ("TASK", "what makes what it uses; the graph says from which files"),
    "asked": ("PATH=WORD,WORD", "tasks to run, and then to start again, when something there changes"),
    "banner": ("NAME=TEXT", "a line to print when it first answers; '/…' is one of its pages"),
    "hint": ("ERROR=TEXT", "what to do about an error of that class, on its page"),
    "beside": ("NAME=JSON", "another program: its words as a JSON list; $PORT in them is a port of its own"),
    "apart": ("NAME=JSON", "a service with a supervisor of its own, which '--with' starts: its words"),
    "told": ("VARIABLE=NAME", "a variable that holds the address of the application or of a service"),
}
"""Options that may be given more than once: how their values look, and what they mean."""


def parser() -> argparse.ArgumentParser:
    """Return what reads the words of the command line."""
    parser = argparse.ArgumentParser(prog="python -m buildgraph.serve", allow_abbrev=False)
    parser.add_argument(
        "--app",
        required=True,
        metavar="MODULE:CALLABLE",
        help="the application; '()' after it calls a factory",
    )
    parser.add_argument(
        "--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen; port 0 is any"
    )
    parser.add_argument(
        "--root", default=".", metavar="DIR", help="where the application is imported from, and runs"
    )
    parser.add_argument(
        "--server", default="", help="waitress or uvicorn; by default what the application's interface needs"
    )
    parser.add_argument(
        "--cold", action="store_true", help="start each worker as a new process: no fork, no copies"
    )
    parser.add_argument(
        "--audit",
        type=int,
        default=50,
        metavar="N",
        help="compare each Nth start with a cold one; 0 for none",
    )
    parser.add_argument("--python", default="", metavar="FILE", help="the application's interpreter")
    parser.add_argument("--with", default="", metavar="NAME,NAME", help="services that are started, too")
    parser.add_argument("--all", action="store_true", help="start all services that are known")
    for name, (metavar, meaning) in REPEATED.items():
        parser.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=meaning)
    return parser


def around(given: argparse.Namespace, address: Address, others: Sequence[apart.Apart] = ()) -> Given:
    """Return what the command line says of the programs that run alongside the application."""
    asked = {path: tuple(words.split(",")) for path, words in pairs(given.asked, "--asked")}
    programs = {
        name: _ported(_words(name, words), address.port + PORTS_APART * place)
        for place, (name, words) in enumerate(pairs(given.beside, "--beside"), 1)
    }
    banner = {each.name: each.address.url for each in others} | dict(pairs(given.banner, "--banner"))
    return Given(
        tuple(given.live),
        tuple(given.ground),
        tuple(given.task),
        asked,
        programs,
        banner,
        apart.programs(others),
    )


def others(given: argparse.Namespace, address: Address) -> tuple[apart.Apart, ...]:
    """Return the services that run next to the application."""
    known = {name: _words(name, words) for name, words in pairs(given.apart, "--apart")}
    return apart.chosen(known, vars(given)["with"], given.all, address)


def addresses(given: argparse.Namespace, address: Address, others: Sequence[apart.Apart]) -> dict[str, str]:
    """Return the variables that hold addresses; none of a program that runs by itself."""
    variables = dict(pairs(given.told, "--told"))
    return apart.told(variables, given.app.partition(":")[0].partition(".")[0], address, others)


def _ported(words: tuple[str, ...], port: int) -> tuple[str, ...]:
    """Return words with a port in the place of `$PORT`, as a Procfile has it."""
    return tuple(word.replace("$PORT", str(port)) for word in words)


def pairs(words: list[str], option: str) -> list[tuple[str, str]]:
    """Return the names and the values of words `NAME=VALUE`; raise BuildError for others."""
    found = [word.partition("=") for word in words]
    for name, sign, value in found:
        if not (name and sign and value):
            raise BuildError(
                f"'{name}{sign}{value}' has no name or nothing after '='", "", f"Write '{option}=NAME=...'."
            )
    return [(name, value) for name, _, value in found]


def _words(name: str, text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not (isinstance(found, list) and found and all(isinstance(each, str) for each in found)):
        raise BuildError(
            f"the command of '{name}' is not a JSON list of strings",
            "",
            "Write '--beside=NAME=[\"python\", ...]'.",
        )
    return tuple(found)
