"""Drawing: a graph with the state and the durations of its tasks."""

from __future__ import annotations

import os

from buildgraph.decide.layers import places
from buildgraph.decide.need import Reasoner
from buildgraph.decide.plan import Plan
from buildgraph.inspect.pictures import FORMATS, Box
from buildgraph.layout import STATE
from buildgraph.observe.facts import Facts
from buildgraph.record import timeline
from buildgraph.record.ledger import Ledger


def draw(plan: Plan, ledger: Ledger, format: str, file: str) -> None:
    """Write the picture of the selected tasks and what comes before them to a file, and say where."""
    ledger.load()
    reasoner = Reasoner(plan, ledger.trace, Facts(ledger.files), os.environ)
    ordered = plan.ordered()
    why = {name: reasoner.why(name) for name in ordered}
    place = places(plan.graph, ordered)
    boxes = [_box(plan, ledger, name, why[name], place[name]) for name in ordered]
    path = file or f"{STATE}/graph.{format}"
    timeline.write_file(path, FORMATS[format](boxes))
    print(f"wrote {len(boxes)} tasks to '{path}'")


def _box(plan: Plan, ledger: Ledger, name: str, why: list[str], place: tuple[int, int]) -> Box:
    rule = plan.rules.get(name)
    return Box(
        name=name,
        doc=plan.tasks[name].doc,
        command=" ".join(plan.command(name)) if rule else "",
        state=_state(plan, name, why),
        why=why,
        seconds=ledger.seconds.get(name),
        inputs=rule.inputs if rule else plan.plain.reads.get(name, ()),
        outputs=rule.outputs if rule else plan.plain.makes.get(name, ()),
        before=plan.graph[name],
        column=place[0],
        row=place[1],
    )


def _state(plan: Plan, name: str, why: list[str]) -> str:
    rule = plan.rules.get(name)
    if rule is None:
        return "always" if plan.tasks[name].acts else "group"
    if not rule.is_recorded:
        return "always"
    return "stale" if why else "fresh"


def trace(file: str) -> None:
    """Write the last run for a trace viewer, and say where."""
    spans, longest = timeline.read()
    path = file or f"{STATE}/trace.json"
    timeline.write_file(path, timeline.as_trace(spans, longest))
    total = sum(span.seconds for span in spans if span.task in set(longest))
    print(f"wrote {len(spans)} tasks to '{path}'; longest path ({total:.2f} s): {' → '.join(longest)}")
