"""The foreground of a run: tasks that own the terminal, one after the other, without the lock."""

from __future__ import annotations

import gc
import os
import time

from buildgraph import handed
from buildgraph.act import bytecode, command, foreground
from buildgraph.act.environment import compose
from buildgraph.act.signals import signal
from buildgraph.decide.staleness import Trace
from buildgraph.errors import BuildError
from buildgraph.layout import HOME, LOGS
from buildgraph.observe.facts import Facts
from buildgraph.rules.rooted import word_for
from buildgraph.rules.values import Rule, Run, Service
from buildgraph.running.afterwards import moved
from buildgraph.running.logs import last_line, log_of
from buildgraph.running.reporter import Failure, cause
from buildgraph.running.session import make_folders
from buildgraph.running.work import exit_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.running.loop import Loop


def run_in_front(loop: Loop, name: str) -> None:
    """Run a task on the terminal if it must run; all other work has ended."""
    rule, session = loop.plan.rules[name], loop.hold()
    try:
        observed, why = session.need(name, loop.settings.is_forced)
        words = command.resolve(loop.plan.command(name)) if why else []
        words = [word_for(rule, word, os.getcwd()) for word in words]
    except BuildError as error:
        loop.fail(name, Failure(str(error)), 0.0)
        return
    if not why:
        loop.reuse(name)
        return
    is_recorded = rule.is_recorded and name not in loop.plan.with_arguments
    seen = session.facts.seen
    with loop.undisturbed():
        make_folders(HOME)
        if is_recorded:
            loop.ledger.start(name, {})
        loop.stop_work()
        loop.leave()
    if loop.is_asked_to_end:
        return
    loop.schedule.fresh = frozenset()
    if loop.certifier is not None:
        loop.certifier.drop()
    loop.reporter.started(name, why)
    loop.chronicle.why[name] = why
    said = "" if loop.settings.is_verbose or not _is_aside(loop, name, rule) else log_of(name)
    if said:
        make_folders(LOGS)
    else:
        loop.reporter.leave_terminal()
    if loop.is_asked_to_end:
        return
    if isinstance(rule, Service):
        loop.tell()  # It goes on until somebody ends it.
    gc.enable()
    bytecode.distrust_all()
    started, left = time.perf_counter(), f"{LOGS}/error-{os.getpid()}"
    environ = {**compose(rule, loop.environ, os.getcwd()), **handed.asking(left)}
    every = loop.reporter.tick_seconds if said else None
    code, was_asked = foreground.run(
        words, environ, said, lambda: loop.reporter.tick(lambda _: last_line(said)), every
    )
    seconds, said_at_last = time.perf_counter() - started, handed.take(left) if code else ""
    failure = None
    if code and not was_asked:
        command_words = loop.plan.command(name)
        failure = Failure(
            exit_text(words, code),
            command_words,
            rule.environment,
            said,
            error=said_at_last,
            is_heard=not said,
        )
    if failure or not isinstance(rule, Service):  # How long somebody was served says nothing of the run.
        loop.chronicle.note(name, started, seconds, failure=cause(failure) if failure else "")
    if was_asked:
        loop.state.signals.append(signal.SIGINT)
        loop.state.served_seconds = seconds if isinstance(rule, Service) else None
    elif failure:
        loop.fail(name, failure, seconds, observed)
    else:
        if is_recorded:
            _record(loop, name, observed, seen, seconds)
        loop.state.seconds[name] = seconds
        loop.state.has_answered = not (said or rule.done)
        loop.succeed(name, seconds)


def _is_aside(loop: Loop, name: str, rule: Rule) -> bool:
    """Tell whether a task is only run because another one needs it: then it is heard only if it fails."""
    return isinstance(rule, Run) and name not in loop.plan.shown()


def _record(loop: Loop, name: str, before: Trace, seen: dict, seconds: float) -> None:
    """Record the success if what was seen before the command ran is unchanged."""
    session = loop.hold()
    facts = Facts(session.facts.known, session.clock_ns)
    facts.seen = dict(seen)  # Not the session's: while the lock was free, another run may have built.
    what = moved(loop.plan.rules[name], before, facts)
    if what:
        named = loop.plan.rules[name].inputs
        hint = (
            "" if what in named else f"; if '{name}' writes it itself, exclude it from its inputs: '!{what}'"
        )
        loop.reporter.say(f"'{what}' changed while '{name}' ran: the result is not recorded{hint}")
    loop.ledger.done(name, None if what else before, seconds, {})
