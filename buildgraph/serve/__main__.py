"""`python -m buildgraph.serve --app module:callable`, or `-- COMMAND` for an application that listens by itself."""

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

from buildgraph import command  # noqa: E402
from buildgraph.errors import BuildError  # noqa: E402


def main(argv: list[str]) -> int:
    """Read the command line and supervise."""
    if "--" in argv:
        from .commanded import main as commanded

        return commanded(argv)
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
        "--watch", action="append", default=[], metavar="DIR", help="what is followed beside it"
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
    return serve(parser.parse_args(argv))


def serve(given: argparse.Namespace) -> int:
    """Serve what the command line names."""
    from . import application, editors, system
    from .address import parse
    from .crew import Served
    from .places import is_installed
    from .port import listen
    from .supervisor import Supervisor

    application.parts(given.app)
    host, _, port = given.bind.rpartition(":")
    address = parse(host.strip("[]"), port)
    roots = tuple(_folder(each) for each in (given.root, *given.watch))
    if not hasattr(os, "killpg"):
        raise BuildError(
            "'--app' needs process groups", "", "On Windows, serve a command: '-- python -m ...'."
        )
    with listen(address.host, address.port) as listener:
        address = type(address)(address.host, listener.getsockname()[1])
        served = Served(given.app, given.server, roots[0], "", given.cold)
        for each in roots:
            if is_installed(each + os.sep):
                print(
                    f"serve: '{each}' is taken for an installed package: an edit starts nothing",
                    file=sys.stderr,
                    flush=True,
                )
        if not (system.CAN_FORK or given.cold):
            print(
                "serve: this system has no safe fork; each start imports everything",
                file=sys.stderr,
                flush=True,
            )
        return Supervisor(served, roots, address, listener, editors.template(os.environ), given.audit).run()


def _folder(path: str) -> str:
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        raise BuildError(f"'{path}' is not a folder", "", "Name one that is there.")
    return real


if __name__ == "__main__":
    command.run(main)
