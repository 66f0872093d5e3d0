"""The commands that draw: `graph` and `trace`."""

from __future__ import annotations

import os

from doit.cmd_base import DoitCmdBase

from buildgraph.adapter.answers import Answering
from buildgraph.decide.layers import places
from buildgraph.decide.need import Reasoner
from buildgraph.inspect.pictures import FORMATS, Box
from buildgraph.layout import STATE
from buildgraph.observe.facts import Facts
from buildgraph.record import timeline
from buildgraph.rules.values import Service


class Graph(Answering, DoitCmdBase):
    """Draws tasks, their files, states and durations."""

    doc_purpose = "draw the graph: a page for the browser, SVG or DOT"
    doc_usage = "[TASK ...]"
    name = "graph"
    cmd_options = (
        {
            "name": "format",
            "short": "",
            "long": "format",
            "type": str,
            "default": "html",
            "choices": [(name, "") for name in FORMATS],
            "help": "what to draw [default: %(default)s]",
        },
        {
            "name": "file",
            "short": "o",
            "long": "output",
            "type": str,
            "default": "",
            "help": "the file to write",
        },
    )

    def _execute(self, format="html", file="", pos_args=None) -> int:
        plan = self.plan(pos_args)
        self.ledger.load()
        reasoner = Reasoner(plan, self.ledger.trace, Facts(self.ledger.files), os.environ)
        ordered = plan.ordered()
        why = {name: reasoner.why(name) for name in ordered}
        place = places(plan.graph, ordered)
        boxes = []
        for name in ordered:
            rule, task = plan.rules.get(name), plan.tasks[name]
            boxes.append(
                Box(
                    name=name,
                    doc=task.doc,
                    command=" ".join(plan.command(name)) if rule else "",
                    state=_state(rule, why[name], task),
                    why=why[name],
                    seconds=self.ledger.seconds.get(name),
                    inputs=rule.inputs if rule else plan.plain.reads.get(name, ()),
                    outputs=rule.outputs if rule else plan.plain.makes.get(name, ()),
                    before=plan.graph[name],
                    column=place[name][0],
                    row=place[name][1],
                )
            )
        path = file or f"{STATE}/graph.{format}"
        timeline.write_file(path, FORMATS[format](boxes))
        print(f"wrote {len(boxes)} tasks to '{path}'")
        return 0


def _state(rule, why: list[str], task) -> str:
    if rule is None:
        return "always" if task.acts else "group"
    if rule.always or isinstance(rule, Service):
        return "always"
    return "stale" if why else "fresh"


class Trace(Answering, DoitCmdBase):
    """Writes when and where the tasks of the last run ran."""

    doc_purpose = "write the last run for a trace viewer (Perfetto, chrome://tracing)"
    doc_usage = ""
    name = "trace"
    cmd_options = (
        {
            "name": "file",
            "short": "o",
            "long": "output",
            "type": str,
            "default": "",
            "help": "the file to write",
        },
    )

    def _execute(self, file="") -> int:
        spans, longest = timeline.read()
        path = file or f"{STATE}/trace.json"
        timeline.write_file(path, timeline.as_trace(spans, longest))
        total = sum(span.seconds for span in spans if span.task in set(longest))
        print(f"wrote {len(spans)} tasks to '{path}'; longest path ({total:.2f} s): {' → '.join(longest)}")
        return 0
