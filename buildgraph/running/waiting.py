"""Waiting: a service whose tasks fail before it starts: the failure is shown at its address until they are made, then all begins anew.

What is mended may be `dodo.py` itself, so this process becomes another one then, which reads everything again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from buildgraph.act import foreground
from buildgraph.act.port import refuse_taken
from buildgraph.decide.plan import Plan
from buildgraph.layout import HOME
from buildgraph.running.loop import Loop
from buildgraph.running.session import make_folders
from buildgraph.serving import FAILED

MODULE = "buildgraph.serve.waiting"
MOST_CHARACTERS = 20_000
"""Of a failure, which the process finds in its environment: others can read a command line."""
INTERRUPTED = 130


def refuse_taken_addresses(plan: Plan) -> None:
    """Raise BuildError if the address of a service that is asked for is taken, before anything is built."""
    for address in plan.addresses().values():
        refuse_taken(address)


def is_wanted(loop: Loop) -> bool:
    """Tell whether tasks have failed that a service needs, which a person can mend while it waits; its own failure is its end."""
    needs_one = any(loop.schedule.waiting.get(name) for name in loop.plan.addresses())
    return bool(loop.reporter.told) and needs_one and not loop.is_asked_to_end


def wait(loop: Loop, argv: Sequence[str]) -> int:
    """Show the failure until the tasks are made, and begin again; return the exit code if it is ended before."""
    name, address = next(iter(loop.plan.addresses().items()))
    tasks = [f"--task={task}" for task in loop.plan.graph[name]]
    words = [sys.executable, "-m", MODULE, f"--bind={address}", *tasks]
    make_folders(HOME)
    failed = "\n".join(loop.reporter.told)[:MOST_CHARACTERS].replace("\0", "")
    code, was_asked = foreground.run(words, {**os.environ, FAILED: failed})
    if was_asked or code:
        return INTERRUPTED if was_asked else code
    os.execv(sys.executable, [sys.executable, "-m", "buildgraph", *argv])
    return code
