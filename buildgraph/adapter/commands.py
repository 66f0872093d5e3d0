"""The commands that make nothing: `list`, `why`, `clean`, `forget`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from doit.cmd_base import DoitCmdBase
from doit.cmd_help import Help as DoitHelp

from buildgraph.act import outputs
from buildgraph.adapter.answers import Answering
from buildgraph.decide.need import Reasoner
from buildgraph.decide.plan import Plan
from buildgraph.errors import BuildError
from buildgraph.observe.facts import Facts
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
        plan = self.plan(pos_args) if pos_args else self.graph()
        names = [name for name in plan.tasks if not name.startswith("_")]
        if pos_args:
            chosen = set(plan.selected)
            names = [name for name in names if name in chosen or plan.tasks[name].group in chosen]
        if not all:
            names = [name for name in names if pos_args or not plan.tasks[name].group]
        if quiet:
            print("\n".join(names))
            return 0
        width = max(map(len, names), default=0)
        for title, members in _grouped(plan, names).items():
            if members:
                print(f"{title}:")
                for name in members:
                    print(f"  {name:<{width}}  {plan.tasks[name].doc}".rstrip())
        return 0


def _grouped(plan: Plan, names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {"Run": [], "Check": [], "Make": []}
    for name in names:
        groups[_kind(plan, name)].append(name)
    return groups


def _kind(plan: Plan, name: str) -> str:
    """Return a task's group; a group of tasks is what its first member is."""
    while name not in plan.rules:
        after = plan.tasks[name].after
        if not after or plan.tasks[name].acts:
            return "Make"
        name = after[0]
    rule = plan.rules[name]
    return "Run" if isinstance(rule, Service) else "Check" if isinstance(rule, Check) else "Make"


class Why(Answering, DoitCmdBase):
    """Says why tasks would run, one sentence for each reason."""

    doc_purpose = "say why a task would run"
    doc_usage = "[TASK ...]"
    name = "why"

    def _execute(self, pos_args=None) -> int:
        plan = self.plan(pos_args, self.sel_tasks)
        self.ledger.load()
        for notice in self.ledger.notices:
            print(notice)
        reasoner = Reasoner(plan, self.ledger.trace, Facts(self.ledger.files), os.environ)
        found = {name: reasoner.why(name) for name in plan.ordered()}
        for name in plan.shown():
            for line in found[name] or ["up to date"]:
                print(f"{name}: {line}")
        return 0


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
        plan = self.plan(pos_args)
        lock = Lock()
        lock.acquire(f"{self.bin_name} clean", True, print)
        try:
            self.ledger.load(is_writer=True)
            chosen = set(plan.shown())
            for task in filter(
                chosen.__contains__, reversed(plan.ordered())
            ):  # A folder after what is in it.
                if task in plan.rules:
                    self._clean(task, dryrun)
                else:
                    plan.acts.clean(task, dryrun, sys.stdout)
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
        plan = self.plan(pos_args)
        recorded = [task for task in plan.shown() if task in plan.rules]
        plain = [task for task in plan.shown() if task not in plan.rules]
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
