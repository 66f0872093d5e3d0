"""The adapter: what knows doit.

doit loads `dodo.py`, models tasks, parses the command line and prints help. What decides, runs, records and
tells is ours, plugged in where doit documents it: the commands of a `DoitMain`, a loader, and a dependency
manager that each command sets itself.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

    from buildgraph.proof.evidence import Evidence

COMMANDS = {
    "help": "adapter.commands:Help",
    "run": "adapter.run:Run",
    "list": "adapter.commands:List",
    "why": "adapter.commands:Why",
    "inputs": "adapter.commands:Inputs",
    "affected": "adapter.commands:Affected",
    "graph": "adapter.commands:Graph",
    "trace": "adapter.commands:Trace",
    "audit": "adapter.commands:Audit",
    "verify": "adapter.commands:Verify",
    "clean": "adapter.commands:Clean",
    "forget": "adapter.commands:Forget",
    "completion": "adapter.commands:Completion",
}
"""Command → class; a module is imported when its command is asked for."""


ANSWERED = ("list", "why", "inputs")
"""Commands that a stored graph answers, asked without options."""


def main(argv: list[str], python: str = "") -> int | None:
    """Run the command line in the checkout's root and return the exit code: 0, 1 for a mistake or a failed task, 130, 141.

    The certificate has been looked at already. A process that cannot import doit (`launch.py`) names
    the `python` of the tools environment; None is returned if doit would have to be there, and nothing was done.
    """
    from buildgraph.proof.certificate import is_defined

    if not (python and is_defined(argv)):  # What is certified was imported from bytecode of its own.
        from buildgraph.act.bytecode import watch_imports

        watch_imports()
    from buildgraph.outlet import UNREAD, answered

    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (closed by the caller, `>&-`)
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    gc.disable()  # A run allocates much and frees little: collecting costs a fifth of a large no-op.
    code = answered(lambda: carry_out(argv, python))
    return code if code in (0, 1, 130, UNREAD) or (code is None and python) else 1


def carry_out(argv: list[str], python: str = "") -> int | None:
    """Run the tasks of the stored graph, or answer from it, if it is the graph still; or else do what doit finds in the command line."""
    if argv[:1] in (["--help"], ["-h"]) or argv[1:2] == ["--help"]:
        argv = ["help", *argv[:1]] if argv[1:2] else ["help"]
    if argv[:1] == ["completion"]:
        from buildgraph.inspect.completion import complete

        return complete(argv[1:])
    is_named = argv[:1] == ["run"]
    words = argv[1:] if is_named else argv
    found = None
    if not words or not (words[0].startswith("-") or (words[0] in COMMANDS and not is_named)):
        from buildgraph.proof import evidence

        found = evidence.read(argv, python)
        if _is_known(found):
            from buildgraph.running.start import again

            return again(argv, words, found)
    elif words[0] in ANSWERED and not any(word.startswith("-") for word in words):
        from buildgraph.proof import evidence

        stored = evidence.read_latest(python)
        if _is_known(stored):
            from buildgraph.inspect.answer import answer

            return answer(words[0], words[1:], stored.stored)
    if python:
        return None
    from buildgraph.adapter.front import Main

    return Main(argv, found).run(list(argv))


def _is_known(found: Evidence | None) -> TypeGuard[Evidence]:
    """Tell whether the stored graph is the graph; this process goes on as the Python of that one, which commands are told."""
    if found is None or not found.is_current or not found.stored.asked:
        return False
    sys.executable, sys.prefix = found.stored.interpreter
    return True
