"""The command `audit`: runs tasks under strace and reports what they read undeclared and wrote undeclared.

The tasks must be current, so that what they read is there. Nothing is recorded. A file below the top folder of an output of a task that
comes before (a package in the environment, say) counts as that task's: its rule answers for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from doit.cmd_base import DoitCmdBase

from buildgraph.act import command
from buildgraph.act.processes import Children
from buildgraph.engine import work
from buildgraph.engine.answers import Answering
from buildgraph.engine.commands import shown
from buildgraph.engine.control import Plan, make_plan, select
from buildgraph.engine.observation import inputs_of
from buildgraph.errors import BuildError
from buildgraph.layout import HOME, LOGS, STAGING, STATE
from buildgraph.observe import tracing
from buildgraph.observe.facts import Facts
from buildgraph.observe.listings import matches
from buildgraph.record.lock import Lock
from buildgraph.rules import Rule, Service


class Audit(Answering, DoitCmdBase):
    """Reports reads that are no input and writes that are no output."""

    doc_purpose = "run tasks under strace; report undeclared reads and writes"
    doc_usage = "[TASK ...]"
    name = "audit"

    def _execute(self, pos_args=None) -> int:
        strace = tracing.program()
        if strace is None:
            raise BuildError(
                "there is no strace on this machine", "", "Install it, or audit on a machine that has it."
            )
        plan = make_plan(self.task_list)
        select(plan, pos_args, self.sel_tasks)
        lock = Lock()
        lock.acquire(f"{self.bin_name} audit", True, print)
        children = Children(lock.file)
        try:
            self.ledger.load(is_writer=True)
            for folder in (LOGS, STAGING, HOME):
                os.makedirs(folder, exist_ok=True)
            found = [self._audit(plan, name, strace, children) for name in shown(plan)]
        finally:
            children.close()
            lock.release()
        return 1 if any(found) else 0

    def _audit(self, plan: Plan, name: str, strace: str, children: Children) -> bool:
        rule = plan.rules[name]
        if isinstance(rule, Service) or rule.foreground:
            print(f"{name}: not audited, it owns the terminal")
            return False
        touched = self._run(plan, name, strace, children)
        reads, writes = undeclared(plan, name, touched, self._discovered(name))
        for path in reads:
            print(f"{name}: read '{path}', which is no input")
        for path in writes:
            print(f"{name}: wrote '{path}', which is no output")
        if not reads and not writes:
            print(f"{name}: reads and writes what it declares ({len(touched.read)} files read)")
        return bool(reads or writes)

    def _run(self, plan: Plan, name: str, strace: str, children: Children) -> tracing.Touched:
        log = f"{STATE}/audit.strace"
        words = [*tracing.prefix(strace, log), *command.resolve(plan.command(name))]
        owned = dict(self.ledger.owned.get(name, {}))
        shop = work.Shop(os.getcwd(), os.environ, children, self.ledger.own, print)
        result = work.perform(work.Job(name, plan.rules[name], words, owned), shop, resolved=True)
        if result.failure is not None:
            raise BuildError(
                f"'{name}' failed under strace: {result.failure.what}",
                "",
                f"Its output is in '{result.log}'.",
            )
        with open(log, encoding="utf-8", errors="surrogateescape") as file:
            return tracing.parse(file, os.getcwd())

    def _discovered(self, name: str) -> Sequence[str]:
        trace = self.ledger.trace(name)
        return tuple(trace.discovered) if trace else ()


def undeclared(
    plan: Plan, name: str, touched: tracing.Touched, discovered: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the reads that are no input and the writes that are no output of the task."""
    rule = plan.rules[name]
    declared = {*inputs_of(rule, Facts({})), *rule.tools, *discovered, rule.command[0]}
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
