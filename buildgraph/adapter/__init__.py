"""The adapter: what knows doit.

doit loads `dodo.py`, models tasks, parses the command line and prints help. What decides, runs, records and
tells is ours, plugged in where doit documents it: the commands of a `DoitMain`, a loader, and a dependency
manager that each command sets itself.
"""

from __future__ import annotations

import gc
import os
import sys

COMMANDS = {
    "help": "adapter.commands:Help",
    "run": "adapter.run:Run",
    "list": "adapter.commands:List",
    "why": "adapter.commands:Why",
    "graph": "adapter.commands:Graph",
    "trace": "adapter.commands:Trace",
    "audit": "adapter.commands:Audit",
    "verify": "adapter.commands:Verify",
    "clean": "adapter.commands:Clean",
    "forget": "adapter.commands:Forget",
}
"""Command → class; a module is imported when its command is asked for."""


def main(argv: list[str], python: str = "") -> int | None:
    """Run the command line in the checkout's root and return the exit code: 0, 1 for a mistake or a failed task, 130, 141.

    Whoever starts this has looked at the certificate already. A process that cannot import doit (`launch.py`) names
    the `python` of the tools environment; None is returned if doit would have to be there, and nothing was done.
    """
    from buildgraph.proof.certificate import is_defined

    if not (python and is_defined(argv)):  # What is certified was imported from bytecode of its own.
        from buildgraph.act.bytecode import watch_imports

        watch_imports()
    from buildgraph.outlet import UNREAD, answered

    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (closed by whoever started us, `>&-`)
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    gc.disable()  # A run allocates much and frees little: collecting costs a fifth of a large no-op.
    code = answered(lambda: carry_out(argv, python))
    return code if code in (0, 1, 130, UNREAD) or (code is None and python) else 1


def carry_out(argv: list[str], python: str = "") -> int | None:
    """Run the tasks of the stored graph if it is the graph still, or else whatever doit finds in the command line."""
    is_named = argv[:1] == ["run"]
    words = argv[1:] if is_named else argv
    found = None
    if not words or not (words[0].startswith("-") or (words[0] in COMMANDS and not is_named)):
        from buildgraph.proof import evidence

        found = evidence.read(argv, python)
        if found is not None and found.is_current and found.stored.asked:
            sys.executable, sys.prefix = (
                found.stored.interpreter
            )  # Commands and their identity are of that one.
            from buildgraph.running.start import again

            return again(argv, words, found)
    if python:
        return None
    from buildgraph.adapter.front import Main

    return Main(argv, found).run(list(argv))
