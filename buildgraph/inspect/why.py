"""Why: the reasons for which tasks would run."""

from __future__ import annotations

import os
import re
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
from buildgraph.running.logs import log_of

RUNNING = "it is running now"
KILLED = "its last run was ended before it was done"
FORGOTTEN = "it has run, but no success of it is recorded, as after 'doit forget'"
NEVER = "it has never run"
NEVER_WHOLE = "it has no recorded success without arguments"
UP_TO_DATE = "up to date"
SHOWN = 6
"""So many reasons of a task are told on a terminal."""
SHOWN_FILES = 3
"""And so many files of one sentence."""
FROM_TO = re.compile(r" changed from [0-9a-f]{12} to [0-9a-f]{12}")
OF_FILE = re.compile(r"(since then |)the (\w+(?: input)?) '([^']+)' (changed|is new|is gone|has appeared)")
OF_SEVERAL = {"is new": "are new", "is gone": "are gone", "has appeared": "have appeared"}
UNCHANGED = "nothing that it depends on has changed since then"


def why(plan: Plan, ledger: Ledger, is_verbose: bool = False) -> None:
    """Say of each selected task why it would run, one sentence for each reason; on a terminal in short, unless all is wanted."""
    ledger.load()
    for notice in ledger.notices:
        print(notice)
    facts = Facts(ledger.files)
    reasoner = Reasoner(plan, ledger.trace, facts, os.environ)
    found = {name: reasoner.why(name) for name in plan.ordered()}
    for name in [name for name, reasons in found.items() if NO_SUCCESS in reasons]:
        found[name] = without_success(plan, ledger, name, facts)
    names = plan.shown()
    causes = Causes(plan, found, names)
    answers = {name: causes.of(found[name]) for name in names}
    if room := columns():
        alone = names[0] if len(names) == 1 and not answers[names[0]] else ""
        _show(answers, room, is_verbose, causes.last_run(alone) if alone else "")
        return
    for name, told in answers.items():
        for text in told or [UP_TO_DATE]:
            print(f"{name}: {text}")


def _show(answers: Mapping[str, Sequence[str]], room: int, is_verbose: bool, since: str) -> None:
    """Print the answers on a terminal, names and sentences side by side, those that are up to date last."""
    paint = palette(sys.stdout, os.environ)
    stale = {name: told if is_verbose else _summed_up(name, told) for name, told in answers.items() if told}
    fresh = [name for name in answers if name not in stale]
    rows = [
        (name if not number else "", text) for name, told in stale.items() for number, text in enumerate(told)
    ]
    last = (
        [(fresh[0], f"{UP_TO_DATE}{since}")]
        if len(fresh) == 1
        else [(UP_TO_DATE, ", ".join(fresh))]
        if fresh
        else []
    )
    width = min(max((len(name) for name, _ in (*rows, *last)), default=0), room // 3)
    for name, text in rows:
        print(line(name, width, text, room, paint))
    for name, text in last:
        print(paint("soft", line(name, width, text, room)))


def _summed_up(name: str, told: Sequence[str]) -> Sequence[str]:
    """Return no more than a person reads: without digests, the files that changed in one sentence, the last line on the rest."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for text in (FROM_TO.sub(" changed", each) for each in told):
        found = OF_FILE.fullmatch(text)
        key, part = ((found[1], found[2], found[4]), found[3]) if found else (("", text, ""), text)
        groups.setdefault(key, []).append(part)
    lines = [_sentence(*key, paths) for key, paths in groups.items()]
    rest = len(lines) - SHOWN + 1
    return lines if rest <= 1 else [*lines[:-rest], f"and {rest} more, which 'doit why -v {name}' names"]


def _sentence(since: str, what: str, how: str, paths: Sequence[str]) -> str:
    """Return what has become of one file or of several; without it, what was said."""
    if not how:
        return what
    if len(paths) == 1:
        return f"{since}the {what} '{paths[0]}' {how}"
    named = ", ".join(f"'{path}'" for path in paths[:SHOWN_FILES])
    more = f" and {len(paths) - SHOWN_FILES} more" if len(paths) > SHOWN_FILES else ""
    return f"{since}{len(paths)} {what}s {OF_SEVERAL.get(how, how)}: {named}{more}"


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
        since = [f"since then {change}" for change in changes] or [f"{UNCHANGED}{_log(name)}"]
        return [f"it failed when it ran last ({_at(failed.ended)}): {failed.what.rstrip('.')}", *since]
    if name in ledger.running:
        return [KILLED]
    is_known = name in ledger.seconds or name in ledger.owned
    attempt = attempts.read(name)
    if attempt is None:
        return [FORGOTTEN if is_known else NEVER]
    return [NEVER_WHOLE, _with_arguments(attempt)]


def _with_arguments(attempt: Attempt) -> str:
    """Say how a task was last asked for with arguments."""
    how = f"failed: {attempt.failure.rstrip('.')}" if attempt.failure else "succeeded"
    return f"'doit {shlex.join(attempt.words)}' of {_at(attempt.ended)} {how}; it stands for no other run"


def _log(name: str) -> str:
    """Name the log of a task that failed, if it has said something."""
    log = log_of(name)
    return f"; its log is '{log}'" if os.path.isfile(log) else ""


def _at(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
