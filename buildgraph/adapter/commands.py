"""The commands that make nothing: `list`, `why`, `clean`, `forget`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from doit.cmd_base import DoitCmdBase
from doit.cmd_help import Help as DoitHelp

from buildgraph.act import outputs
from buildgraph.adapter import actions
from buildgraph.adapter.answers import Answering
from buildgraph.adapter.control import Plan, make_plan, select
from buildgraph.decide.observation import observe
from buildgraph.decide.staleness import reasons
from buildgraph.errors import BuildError
from buildgraph.observe.facts import Facts
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock
from buildgraph.rules.values import Check, Service
from buildgraph.suggest import did_you_mean


class Help(Answering, DoitHelp):
    """Explains commands and tasks."""

    def _execute(self, pos_args) -> bool:
        if not super()._execute(pos_args):
            names = [*self.cmds, *(task.name for task in self.task_list)]
            what = f"there is no command or task '{pos_args[0]}'"
            raise BuildError(
                what, "", did_you_mean(pos_args[0], names) or "Run 'doit list' to see the tasks."
            )
        return True


class List(Answering, DoitCmdBase):
    """Lists tasks in groups, each with the first line of its docstring."""

    doc_purpose = "list the tasks"
    doc_usage = "[TASK ...]"
    name = "list"
    cmd_options = (
        {
            "name": "all",
            "short": "",
            "long": "all",
            "type": bool,
            "default": False,
            "help": "list subtasks too",
        },
        {
            "name": "quiet",
            "short": "q",
            "long": "quiet",
            "type": bool,
            "default": False,
            "help": "print names alone",
        },
    )

    def _execute(self, all=False, quiet=False, pos_args=None) -> int:
        tasks = [
            task for task in self.task_list if not task.name.startswith("_") and (all or not task.subtask_of)
        ]
        if pos_args:
            plan = make_plan(self.task_list)
            select(plan, pos_args, None)
            names = set(plan.selected)
            tasks = [task for task in self.task_list if task.name in names or task.subtask_of in names]
        if quiet:
            print("\n".join(task.name for task in tasks))
            return 0
        width = max((len(task.name) for task in tasks), default=0)
        for title, members in _grouped(tasks, self.task_list).items():
            if members:
                print(f"{title}:")
                for task in members:
                    print(f"  {task.name:<{width}}  {task.doc}".rstrip())
        return 0


def _grouped(tasks: list, every: list) -> dict[str, list]:
    groups: dict[str, list] = {"Run": [], "Check": [], "Make": []}
    by_name = {task.name: task for task in every}
    for task in tasks:
        groups[_kind(task, by_name)].append(task)
    return groups


def _kind(task, by_name: dict) -> str:
    """Return a task's group; a group of tasks is what its first member is."""
    while "buildgraph" not in (task.meta or {}):
        if not task.task_dep or actions.has_actions(task):
            return "Make"
        task = by_name[task.task_dep[0]]
    rule = task.meta["buildgraph"]
    return "Run" if isinstance(rule, Service) else "Check" if isinstance(rule, Check) else "Make"


class Why(Answering, DoitCmdBase):
    """Says why tasks would run, one sentence for each reason."""

    doc_purpose = "say why a task would run"
    doc_usage = "[TASK ...]"
    name = "why"

    def _execute(self, pos_args=None) -> int:
        plan = make_plan(self.task_list)
        select(plan, pos_args, self.sel_tasks)
        self.ledger.load()
        for notice in self.ledger.notices:
            print(notice)
        reasoner = Reasoner(plan, self.ledger, Facts(self.ledger.files), os.environ)
        found = {name: reasoner.why(name) for name in plan.ordered()}
        for name in shown(plan):
            for line in found[name] or ["up to date"]:
                print(f"{name}: {line}")
        return 0


class Reasoner:
    """Says why tasks would run, asked in the order in which they would."""

    def __init__(self, plan: Plan, ledger: Ledger, facts: Facts, environ: Mapping[str, str]) -> None:
        self.plan = plan
        self.ledger = ledger
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
            return [actions.WHY] if actions.has_actions(self.plan.tasks[name]) else []
        if rule.always:
            return ["it asks the world and runs every time"]
        if isinstance(rule, Service):
            return ["a service runs when it is asked for"]
        stale = [
            f"'{other}' would run before it" for other in self.plan.graph[name] if other in self.would_run
        ]
        recorded = self.ledger.trace(name)
        try:
            observed = observe(rule, self.plan.command(name), recorded, self.facts, self.environ)
        except BuildError as error:
            return stale or [str(error)]
        return reasons(recorded, observed) or stale


def shown(plan: Plan) -> list[str]:
    """Return the selected tasks, groups replaced by their members."""
    found: dict[str, None] = {}
    rest = list(plan.selected)
    while rest:
        name = rest.pop(0)
        if name in plan.rules or actions.has_actions(plan.tasks[name]):
            found[name] = None
        else:
            rest = [other for other in plan.graph[name] if other not in found] + rest
    return list(found)


class Clean(Answering, DoitCmdBase):
    """Removes what tasks made, as long as it is as they made it."""

    doc_purpose = "remove what tasks made"
    doc_usage = "[TASK ...]"
    name = "clean"
    cmd_options = (
        {
            "name": "dryrun",
            "short": "n",
            "long": "dry-run",
            "type": bool,
            "default": False,
            "help": "only say what would go",
        },
    )

    def _execute(self, dryrun=False, pos_args=None) -> int:
        plan = make_plan(self.task_list)
        select(plan, pos_args, list(plan.tasks))
        lock = Lock()
        lock.acquire(f"{self.bin_name} clean", True, print)
        try:
            self.ledger.load(is_writer=True)
            chosen = set(shown(plan))
            for task in filter(
                chosen.__contains__, reversed(plan.ordered())
            ):  # A folder after what is in it.
                if task in plan.rules:
                    self._clean(task, dryrun)
                else:
                    actions.clean(plan.tasks[task], dryrun, sys.stdout)
            self.ledger.close()
        finally:
            lock.release()
        return 0

    def _clean(self, task: str, dryrun: bool) -> None:
        for path, digests in sorted(self.ledger.owned.get(task, {}).items()):
            state = outputs.state_of(path, digests)
            if state == "other":
                print(f"'{path}' is kept: it is not as '{task}' made it")
            elif state == "ours":
                print(f"{'would remove' if dryrun else 'removing'} '{path}'")
                if not dryrun:
                    outputs.delete(path)
        if not dryrun and task in self.ledger.owned:
            self.ledger.disown(task, list(self.ledger.owned[task]))
            self.ledger.forget(task)


class Forget(Answering, DoitCmdBase):
    """Drops recorded successes, so that the tasks run again."""

    doc_purpose = "forget that tasks succeeded, so that they run again"
    doc_usage = "[TASK ...]"
    name = "forget"

    def _execute(self, pos_args=None) -> int:
        plan = make_plan(self.task_list)
        select(plan, pos_args, list(plan.tasks))
        recorded = [task for task in shown(plan) if task in plan.rules]
        plain = [task for task in shown(plan) if task not in plan.rules]
        lock = Lock()
        lock.acquire(f"{self.bin_name} forget", True, lambda text: print(text, file=sys.stderr))
        try:
            self.ledger.load(is_writer=True)
            for task in recorded:
                self.ledger.forget(task)
            self.ledger.close()
        finally:
            lock.release()
        if recorded:
            print(f"forgot {', '.join(recorded)}")
        if plain:
            print(f"nothing is recorded of {', '.join(plain)}: plain doit tasks run every time")
        if not recorded and not plain:
            print("there is nothing to forget")
        return 0
