"""Why: the reasons for which tasks would run."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence

from buildgraph.colour import palette
from buildgraph.decide.need import Reasoner, need
from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import NO_SUCCESS
from buildgraph.errors import BuildError
from buildgraph.inspect.causes import Causes
from buildgraph.inspect.wrapping import columns, line
from buildgraph.observe.facts import Facts
from buildgraph.record import attempts, failures
from buildgraph.record.attempts import Attempt
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import is_at_work

RUNNING = "it is running now"
KILLED = "its last run was ended before it was done"
NEVER = "it has never run"
NEVER_WHOLE = "it has no recorded success without arguments"
UP_TO_DATE = "up to date"
SHOWN = 6
"""So many reasons of a task are told on a terminal."""
UNCHANGED = "nothing that it depends on has changed since then"


def why(plan: Plan, ledger: Ledger) -> None:
    """Say of each selected task why it would run, one sentence for each reason."""
    ledger.load()
    for notice in ledger.notices:
        print(notice)
    facts = Facts(ledger.files)
    reasoner = Reasoner(plan, ledger.trace, facts, os.environ)
    found = {name: reasoner.why(name) for name in plan.ordered()}
    names = plan.shown()
    causes = Causes(plan, found, names)
    answers = {
        name: without_success(plan, ledger, name, facts)
        if NO_SUCCESS in found[name]
        else causes.of(found[name])
        for name in names
    }
    _show(answers)


def _show(answers: Mapping[str, Sequence[str]]) -> None:
    """Print the answers: on a terminal names and sentences side by side, elsewhere each sentence with its name."""
    paint, room = palette(sys.stdout, os.environ), columns()
    width = min(max(map(len, answers), default=0), room // 3)
    for name, told in answers.items():
        lines = _summed_up(name, told) if room else told
        for number, text in enumerate(lines or [UP_TO_DATE]):
            if not room:
                print(f"{name}: {text}")
            elif lines:
                print(line(name if not number else "", width, text, room, paint))
            else:
                print(paint("soft", line(name, width, text, room)))


def _summed_up(name: str, lines: Sequence[str]) -> Sequence[str]:
    """Return no more lines than a person reads, the last of them on the rest."""
    rest = len(lines) - SHOWN + 1
    return lines if rest <= 1 else [*lines[:-rest], f"and {rest} more, which 'doit why {name} | cat' names"]


def without_success(plan: Plan, ledger: Ledger, name: str, facts: Facts) -> list[str]:
    """Return why a task has no recorded success: it runs now, was ended, failed, was forgotten, or has never run."""
    if name in ledger.running and is_at_work():
        return [RUNNING]
    failed = failures.read(name)
    if failed is not None:
        try:
            changes = need(plan, name, failed.trace, facts, os.environ)[1]
        except BuildError as error:
            changes = [str(error)]
        since = [f"since then {change}" for change in changes] or [UNCHANGED]
        return [f"it failed when it ran last: {failed.what.rstrip('.')}", *since]
    if name in ledger.running:
        return [KILLED]
    is_known = name in ledger.seconds or name in ledger.owned
    attempt = attempts.read(name)
    if attempt is None:
        return [NO_SUCCESS if is_known else NEVER]
    return [NEVER_WHOLE, _with_arguments(attempt)]


def _with_arguments(attempt: Attempt) -> str:
    """Say how a task was last asked for with arguments."""
    ended = time.strftime("%Y-%m-%d %H:%M", time.localtime(attempt.ended))
    how = f"failed: {attempt.failure.rstrip('.')}" if attempt.failure else "succeeded"
    return f"'doit {shlex.join(attempt.words)}' of {ended} {how}; it stands for no other run"
