"""Need: must a task run, and why. The one answer for the loop, for the certifier, and for people who ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from buildgraph.decide.observation import observe, refuse_unordered
from buildgraph.decide.plan import Plan
from buildgraph.decide.staleness import Trace, reasons
from buildgraph.errors import BuildError
from buildgraph.observe.facts import Facts
from buildgraph.rules.values import Rule, Run, Service

ALWAYS = "it depends on outside state, so it always runs"
PLAIN = "it is a plain doit task, which runs every time"
ASKED = "it runs each time it is asked for"
SERVICE = "a service runs when it is asked for"
ARGUMENTS = "it was given arguments"
FORCED = "--always-execute"


def need(
    plan: Plan,
    task: str,
    recorded: Trace | None,
    facts: Facts,
    environ: Mapping[str, str],
    is_forced: bool = False,
) -> tuple[Trace, list[str]]:
    """Return what a task with a rule depends on now, and why it must run, nothing if it need not; raise if an input is missing."""
    rule = plan.rules[task]
    observed = observe(rule, plan.command(task), recorded, facts, environ)
    if facts.links:
        refuse_unordered(plan, task, observed, facts)
    if why := unconditional(rule):
        return observed, [why]
    if task in plan.with_arguments:
        return observed, [ARGUMENTS]
    if is_forced:
        return observed, [FORCED]
    return observed, reasons(recorded, observed)


def unconditional(rule: Rule) -> str:
    """Return why a rule runs whatever is observed, "" if that depends on it."""
    if rule.always:
        return ALWAYS
    if isinstance(rule, Service):
        return SERVICE
    return ASKED if isinstance(rule, Run) else ""


class Reasoner:
    """Says why tasks would run, asked in the order in which they would."""

    def __init__(
        self,
        plan: Plan,
        recorded: Callable[[str], Trace | None],
        facts: Facts,
        environ: Mapping[str, str],
    ) -> None:
        self.plan = plan
        self.recorded = recorded
        self.facts = facts
        self.environ = environ
        self.would_run: set[str] = set()

    def why(self, name: str) -> list[str]:
        """Return the reasons, none if the task is up to date."""
        found = self._why(name)
        if found:
            self.would_run.add(name)
        return found

    def _why(self, name: str) -> list[str]:
        rule = self.plan.rules.get(name)
        if rule is None:
            return [PLAIN] if self.plan.is_real(name) else []
        if why := unconditional(rule):
            return [why]
        stale = [
            f"'{other}' would run before it" for other in self.plan.graph[name] if other in self.would_run
        ]
        try:
            _, found = need(self.plan, name, self.recorded(name), self.facts, self.environ)
        except BuildError as error:
            return stale or [str(error)]
        return found or stale
