"""Audit: runs tasks under tracing and reports what they read undeclared and wrote undeclared.

The tasks must be current, so that what they read is there. Nothing is recorded. A file below the top folder of an output of a task that
comes before (a package in the environment, say) counts as that task's: its rule answers for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from buildgraph.act import command, staging
from buildgraph.act.processes import Children
from buildgraph.decide.observation import inputs_of, outputs_of
from buildgraph.decide.plan import Plan
from buildgraph.errors import BuildError
from buildgraph.layout import HOME, LOGS, STAGING, STATE, is_exact
from buildgraph.library import all_located
from buildgraph.observe import tracing
from buildgraph.observe.digests import of_output
from buildgraph.observe.facts import Facts
from buildgraph.patterns import matches
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.rules.values import Rule, Service
from buildgraph.running import work

Tracer = tracing.Strace | tracing.Hook


def audit(plan: Plan, ledger: Ledger) -> int:
    """Run the selected tasks under tracing and report reads that are not inputs and writes that are not outputs; return 1 if there are any."""
    tracer = tracing.tracer(f"{STATE}/audit.log")
    if isinstance(tracer, tracing.Hook):
        print("note: there is no strace on this machine, so only what Pythons read and write is seen")
    lock = Lock()
    lock.acquire("doit audit", True, print)
    children = Children(lock.file)
    try:
        ledger.load(is_writer=True)
        for folder in (LOGS, STAGING, HOME):
            os.makedirs(folder, exist_ok=True)
        auditor = _Auditor(plan, ledger, tracer, children)
        found = [auditor.audit(name) for name in plan.shown()]
    finally:
        children.close()
        lock.release()
    return 1 if any(found) else 0


@dataclass(frozen=True)
class _Auditor:
    """What the audit of each task needs."""

    plan: Plan
    ledger: Ledger
    tracer: Tracer
    children: Children

    def audit(self, name: str) -> bool:
        """Report what one task does undeclared, and tell whether there is anything."""
        plan = self.plan
        rule = plan.rules.get(name)
        if rule is None:
            print(f"{name}: not audited, it is a plain doit task")
            return False
        if isinstance(rule, Service) or rule.foreground:
            print(f"{name}: not audited, it owns the terminal")
            return False
        touched = self._run(name)
        if touched is None:
            print(
                f"{name}: not audited, its command starts no Python that loads an audit hook; install strace"
            )
            return False
        reads, writes = undeclared(plan, name, touched, self._discovered(name))
        for path in reads:
            print(f"{name}: read '{path}', which is not an input")
        for path in writes:
            print(f"{name}: wrote '{path}', which is not an output")
        if not reads and not writes:
            print(f"{name}: reads and writes what it declares ({len(touched.read)} files read)")
        return bool(reads or writes)

    def _run(self, name: str) -> tracing.Touched | None:
        plan, tracer, children = self.plan, self.tracer, self.children
        rule, words = plan.rules[name], tracer.words(command.resolve(plan.command(name)))
        environment = dict(rule.environment)
        for variable, value in tracer.environment().items():
            others = [environment[variable]] if variable in environment else []
            environment[variable] = os.pathsep.join([value, *others])
        rule = rule.replaced(environment=tuple(environment.items()), worker=0)
        owned = dict(self.ledger.owned.get(name, {}))
        facts = Facts(self.ledger.files)
        there = {path: of_output(facts.digest(path)) for path in outputs_of(rule, facts)}
        shop = work.Shop(os.getcwd(), os.environ, children, self.ledger.own, print)
        before = staging.found_in_place(rule, words, there, owned, {})
        result = work.perform(work.Job(name, rule, words, owned, before), shop, resolved=True)
        if result.failure is not None:
            log = f"Its output is in '{result.log}'." if result.log else ""
            raise BuildError(f"'{name}' failed under {tracer.kind}: {result.failure.what}", "", log)
        return tracer.touched(os.getcwd())

    def _discovered(self, name: str) -> Sequence[str]:
        trace = self.ledger.trace(name)
        return tuple(trace.discovered) if trace else ()


def undeclared(
    plan: Plan, name: str, touched: tracing.Touched, discovered: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the reads that are not inputs and the writes that are not outputs of the task."""
    rule = plan.rules[name]
    facts = Facts({})
    tools = [
        path
        for tool in all_located(rule.tools)
        for path in ((tool,) if is_exact(tool) else facts.expand(tool))
    ]
    declared = {*inputs_of(rule, facts), *tools, *discovered, rule.command[0]}
    grounds = {
        _top(output)
        for before in plan.ancestors(name)
        if before in plan.rules
        for output in plan.rules[before].outputs
    }
    reads = [
        path
        for path in sorted(touched.read - touched.written)
        if not (
            path in declared
            or _is_output(rule, path)
            or _is_nobodys(path)
            or (_top(path) and _top(path) in grounds)
        )
    ]
    writes = [path for path in sorted(touched.written) if not (_is_output(rule, path) or _is_nobodys(path))]
    return reads, writes


def _is_output(rule: Rule, path: str) -> bool:
    return any(path == output or matches(output, path) for output in rule.outputs)


def _is_nobodys(path: str) -> bool:
    """True for what comes and goes by itself: bytecode, our staging and logs, the commands' empty home."""
    places = (STAGING + "/", LOGS + "/", HOME + "/", f"{STATE}/tools/", f"{STATE}/audit", ".git/")
    return "__pycache__/" in path or path.startswith(places)


def _top(path: str) -> str:
    """Return the first folder of a path, or of what is below the state folder the first two; "" for a file at the top."""
    parts = path.split("/")
    return "/".join(parts[: 2 if parts[0] == STATE else 1]) if len(parts) > 1 else ""
