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

import subprocess  # noqa: E402

from buildgraph import command  # noqa: E402
from buildgraph.errors import BuildError  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def main(argv: list[str]) -> int:
    """Read the command line and supervise."""
    from .said import parser

    return serve(parser().parse_args(argv))


def serve(given: argparse.Namespace) -> int:
    """Serve what the command line names."""
    # With vfork(2) a Ctrl-Z that stops a process which is being started keeps its parent waiting, unstoppable, for ever.
    subprocess._USE_VFORK = False  # type: ignore[misc] # documented (subprocess, "Disabling use of vfork()")
    from buildgraph.act.address import read
    from buildgraph.act.port import listen

    from . import application, editors, said
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
        others = said.others(given, address)
        address = type(address)(address.host, listener.getsockname()[1])
        os.environ |= said.addresses(given, address, others)
        python, hints = _python(given.python), tuple(said.pairs(given.hint, "--hint"))
        served = Served(given.app, given.server, root, "", given.cold, python, hints)
        _warn(roots, given.cold)
        editor, around = editors.template(os.environ), said.around(given, address, others)
        return Supervisor(served, roots, address, listener, editor, given.audit, around).run()


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


def _python(path: str) -> tuple[str, ...]:
    return (os.path.abspath(path),) if path else ()


def _folder(path: str) -> str:
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        raise BuildError(f"'{path}' is not a folder", "", "Name an existing one.")
    return real


if __name__ == "__main__":
    command.run(main)
