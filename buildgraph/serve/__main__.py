"""`python -m buildgraph.serve --app module:callable`: the command line."""

from __future__ import annotations

import os
import sys


def _forget_own_folder() -> None:
    """Import nothing of the folder that we were started in, where a module may have the name of one of Python's."""
    library = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    others = [each for each in sys.path if os.path.realpath(each or ".") not in (os.getcwd(), library)]
    sys.path[:] = [*others, library]


if __name__ == "__main__":  # before anything else is imported
    _forget_own_folder()

import argparse  # noqa: E402
import subprocess  # noqa: E402

from buildgraph import command  # noqa: E402
from buildgraph.errors import BuildError  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .around import Given

REPEATED = {
    "code": ("DIR", "what is followed instead of all of the root"),
    "watch": ("DIR", "what else is followed"),
    "live": ("PATH", "what the application reads again by itself"),
    "ground": ("FILE", "what it stands on: another content is a reason to start again"),
    "task": ("TASK", "what makes what it uses; the graph says from which files"),
    "asked": ("PATH=WORD,WORD", "tasks to run, and then to start again, when something there changes"),
    "banner": ("NAME=TEXT", "a line to print when it first answers; '/…' is one of its pages"),
    "hint": ("ERROR=TEXT", "what to do about an error of that class, on its page"),
    "beside": ("NAME=JSON", "another program: its words as a JSON list"),
}
"""Options that may be given more than once: how their values look, and what they mean."""


def main(argv: list[str]) -> int:
    """Read the command line and supervise."""
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
    for name, (metavar, meaning) in REPEATED.items():
        parser.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=meaning)
    return serve(parser.parse_args(argv))


def serve(given: argparse.Namespace) -> int:
    """Serve what the command line names."""
    # With vfork(2) a Ctrl-Z that stops a process which is being started keeps its parent waiting, unstoppable, for ever.
    subprocess._USE_VFORK = False  # type: ignore[misc] # documented (subprocess, "Disabling use of vfork()")
    from buildgraph.act.address import read
    from buildgraph.act.port import listen

    from . import application, editors
    from .served import Served
    from .supervisor import Supervisor

    application.parts(given.app)
    address = read(given.bind)
    root = _folder(given.root)
    live = (os.path.realpath(os.path.join(root, each)) for each in given.live)  # a task may make it later
    roots = (*(_folder(each) for each in (*(given.code or [given.root]), *given.watch)), *live)
    if not hasattr(os, "killpg"):
        raise BuildError(
            "serving needs process groups, which Windows does not have", "", "Run it within WSL."
        )
    with listen(address.host, address.port) as listener:
        address = type(address)(address.host, listener.getsockname()[1])
        served = Served(
            given.app,
            given.server,
            root,
            "",
            given.cold,
            _python(given.python),
            tuple(_pairs(given.hint, "--hint")),
        )
        _warn(roots, given.cold)
        return Supervisor(
            served, roots, address, listener, editors.template(os.environ), given.audit, around(given)
        ).run()


def _warn(roots: tuple[str, ...], is_cold: bool) -> None:
    """Tell of what will not work as one may expect."""
    from . import system
    from .paths import is_installed

    notes = [
        f"'{each}' is taken for an installed package: an edit starts nothing"
        for each in roots
        if is_installed(each + os.sep)
    ]
    if not (system.CAN_FORK or is_cold):
        notes.append("this system has no safe fork; each start imports everything")
    for note in notes:
        print(f"serve: {note}", file=sys.stderr, flush=True)


def around(given: argparse.Namespace) -> Given:
    """Return what the command line says of the programs that run alongside the application."""
    from .around import Given

    asked = {path: tuple(words.split(",")) for path, words in _pairs(given.asked, "--asked")}
    programs = {name: _words(name, words) for name, words in _pairs(given.beside, "--beside")}
    banner = dict(_pairs(given.banner, "--banner"))
    return Given(tuple(given.live), tuple(given.ground), tuple(given.task), asked, programs, banner)


def _pairs(words: list[str], option: str) -> list[tuple[str, str]]:
    found = [word.partition("=") for word in words]
    for name, sign, value in found:
        if not (name and sign and value):
            raise BuildError(
                f"'{name}{sign}{value}' has no name or nothing after '='", "", f"Write '{option}=NAME=...'."
            )
    return [(name, value) for name, _, value in found]


def _words(name: str, text: str) -> tuple[str, ...]:
    import json

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


def _python(path: str) -> tuple[str, ...]:
    return (os.path.abspath(path),) if path else ()


def _folder(path: str) -> str:
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        raise BuildError(f"'{path}' is not a folder", "", "Name an existing one.")
    return real


if __name__ == "__main__":
    command.run(main)
