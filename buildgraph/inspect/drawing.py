"""Drawing: a graph with the state and the durations of its tasks."""

from __future__ import annotations

import os
from collections.abc import Sequence

from buildgraph.decide.layers import positions
from buildgraph.decide.need import Reasoner
from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import NO_SUCCESS, Trace
from buildgraph.inspect.pictures import FORMATS, Box
from buildgraph.inspect.why import without_success
from buildgraph.layout import STATE, shown
from buildgraph.observe.facts import Facts
from buildgraph.record import failures, timeline
from buildgraph.record.ledger import Ledger
from buildgraph.rules.values import Rule
from buildgraph.running.logs import end_of, log_of


def draw(plan: Plan, ledger: Ledger, format: str, file: str) -> None:
    """Write the picture of the selected tasks and what comes before them to a file, and say where."""
    ledger.load()
    path = file or f"{STATE}/graph.{format}"
    timeline.write_file(path, FORMATS[format](_boxes(plan, ledger, path)))
    print(f"wrote {len(plan.ordered())} tasks to '{path}'")


def _boxes(plan: Plan, ledger: Ledger, path: str) -> list[Box]:
    facts = Facts(ledger.files)
    reasoner = Reasoner(plan, ledger.trace, facts, os.environ)
    ordered = plan.ordered()
    why = {name: reasoner.why(name) for name in ordered}
    place = positions(plan.graph, ordered)
    folder, times = os.path.dirname(path) or ".", _times()
    boxes = []
    for name in ordered:
        if NO_SUCCESS in why[name]:
            why[name] = without_success(plan, ledger, name, facts)
        boxes.append(_box(plan, ledger, name, why[name], place[name], folder, times.get(name, ())))
    return boxes


def _times() -> dict[str, list[float]]:
    """Return task → how long it took in the last runs that are remembered, the last one at the end."""
    found: dict[str, list[float]] = {}
    for run in reversed(timeline.read()):
        for span in run.spans:
            if not (span.is_failed or span.is_cached):
                found.setdefault(span.task, []).append(span.seconds)
    return found


def _box(
    plan: Plan,
    ledger: Ledger,
    name: str,
    why: list[str],
    place: tuple[int, int],
    folder: str,
    times: Sequence[float],
) -> Box:
    rule = plan.rules.get(name)
    said = end_of(log_of(name))
    log = log_of(name) if said else ""
    return Box(
        name=name,
        doc=plan.tasks[name].doc,
        kind=_kind(plan, name),
        command=" ".join(plan.command(name)) if rule else "",
        state=_state(plan, name, why),
        why=why,
        seconds=ledger.seconds.get(name),
        times=times,
        log=log,
        log_link=_link(log, folder),
        said=said,
        inputs=_read_by(rule) if rule else plan.plain.reads.get(name, ()),
        found=_found_by(rule, ledger.trace(name)) if rule else (),
        outputs=[shown(each) for each in rule.outputs] if rule else plan.plain.makes.get(name, ()),
        before=plan.graph[name],
        column=place[0],
        row=place[1],
        group=plan.tasks[name].group,
    )


def _read_by(rule: Rule) -> list[str]:
    """Return what a task reads, what it judges as well, as a person would write it."""
    return [shown(path) for path in dict.fromkeys((*rule.inputs, *rule.judges))]


def _found_by(rule: Rule, trace: Trace | None) -> list[str]:
    """Return the files that a task has read and that its rule does not name."""
    read = (*trace.inputs, *trace.discovered) if trace else ()
    return [shown(path) for path in dict.fromkeys(read) if path not in rule.inputs]


def _kind(plan: Plan, name: str) -> str:
    rule = plan.rules.get(name)
    if rule is None:
        return "plain" if plan.tasks[name].acts else "group"
    return type(rule).__name__.lower()


def _link(path: str, folder: str) -> str:
    """Return the address of a file for a page in that folder."""
    from urllib.parse import quote

    return quote(os.path.relpath(path, folder).replace(os.sep, "/")) if path else ""


def _state(plan: Plan, name: str, why: list[str]) -> str:
    rule = plan.rules.get(name)
    if rule is None:
        return "always" if plan.tasks[name].acts else "group"
    if not rule.is_recorded:
        return "always"
    if not why:
        return "fresh"
    return "failed" if failures.read(name) else "stale"
