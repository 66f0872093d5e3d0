"""Start: a run of what the command line selects, of a graph that was loaded or that was stored."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from buildgraph.decide.plan import Plan
from buildgraph.decide.words import select
from buildgraph.errors import BuildError
from buildgraph.fields import Value, fresh
from buildgraph.layout import exact
from buildgraph.observe.loading import Loading
from buildgraph.proof.certifier import Certifier
from buildgraph.proof.defined import Defined
from buildgraph.proof.evidence import Evidence
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.rules.secrets import without_logins
from buildgraph.rules.values import Run
from buildgraph.running import reporter as reporters
from buildgraph.running.loop import Loop, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


class Asked(Value):
    """What the options of `doit run` say, and the settings of doit in their place."""

    workers: int = 0
    """Commands that run at once; 0 is one for each core."""
    reporter: str = "console"
    is_continuing: bool = False
    is_forced: bool = False
    is_waiting: bool = True
    is_verbose: bool = False
    is_caching: bool = True
    default: Sequence[str] = fresh(tuple)
    """What is selected if no word selects anything; all tasks if there is nothing."""


def start(
    plan: Plan,
    ledger: Ledger,
    defined: Defined,
    asked: Asked,
    words: Sequence[str],
    output: TextIO | None = None,
) -> int:
    """Run what the words select and return the exit code; `output` is standard output where it is the reporter's alone."""
    if asked.workers < 0:
        what = f"the option '--process' cannot be '{asked.workers}'"
        raise BuildError(what, "", "It must be a non-negative number.")
    defined.asked = asked.as_dict()
    defined.interpreter = (sys.executable, sys.prefix)
    selection = [exact(word) for word in words or asked.default]
    select(plan, selection, None)
    settings = Settings(
        workers=asked.workers or cores(),
        is_continuing=asked.is_continuing,
        is_forced=asked.is_forced,
        is_waiting=asked.is_waiting,
        is_verbose=asked.is_verbose,
        is_caching=asked.is_caching,
        title=without_logins(" ".join(["doit", *words])),
    )
    is_answered = asked.reporter == "console" and any(
        isinstance(rule, Run) for rule in plan.named_rules().values()
    )
    stream = sys.stderr if is_answered else sys.stdout  # a run's output may be piped
    told = reporters.make(asked.reporter, output or stream, os.environ)
    is_proof = asked.reporter == "console" and not asked.is_forced
    environ = os.environ if os.name == "nt" else dict(os.environ)  # Windows finds a name in any case.
    certifier = Certifier(defined, selection) if is_proof else None
    loop = Loop(plan, ledger, Lock(), told, settings, environ, certifier)
    if not plan.addresses():
        return loop.run()
    from buildgraph.running import waiting

    waiting.refuse_taken_addresses(plan)
    code = loop.run()
    return waiting.wait(loop, defined.argv) if waiting.is_wanted(loop) else code


def again(argv: Sequence[str], words: Sequence[str], found: Evidence) -> int:
    """Run the tasks of a command line without options whose definitions have not moved."""
    defined = Defined(argv, Loading())
    defined.take(found)
    return start(found.stored.plan, Ledger(), defined, Asked(**found.stored.asked), words)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
