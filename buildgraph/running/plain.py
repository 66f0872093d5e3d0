"""Plain doit tasks in a run: doit runs their actions, in the main thread, and nothing of them is recorded."""

from __future__ import annotations

import os
import time

from buildgraph.act import bytecode
from buildgraph.decide.need import PLAIN
from buildgraph.decide.plain import missing_dependency
from buildgraph.running.reporter import Failure
from buildgraph.running.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.running.loop import Loop


def run_plain(loop: Loop, session: Session, name: str) -> None:
    """Run a task that no verb has described, as doit does; a group only ends."""
    plan = loop.plan
    missing = next((path for path in plan.plain.reads.get(name, ()) if not os.path.isfile(path)), None)
    if missing is not None:
        loop.fail(name, Failure(str(missing_dependency(missing, name, plan.maker(missing)))), 0.0)
        return
    if plan.acts is None or not plan.tasks[name].acts:
        loop.schedule.end(name)
        return
    loop.reporter.started(name, [PLAIN])
    loop.reporter.leave_terminal()
    started = time.perf_counter()
    bytecode.distrust_all()
    what, log = plan.acts.run(name, plan.options.get(name, {}), plan.words.get(name, ()))
    session.look_anew(loop.state.running)
    seconds = time.perf_counter() - started
    loop.chronicle.why[name] = [PLAIN]
    loop.chronicle.note(name, started, seconds, failure=what)
    if what:
        loop.fail(name, Failure(what, log=log), seconds)
    else:
        loop.succeed(name, seconds)
