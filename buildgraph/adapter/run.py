"""`doit run`, the command that is meant when none is named."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, TextIO

from doit.action import PythonAction
from doit.cmd_run import Run as DoitRun
from doit.cmd_run import opt_always, opt_continue, opt_pdb

from buildgraph import outlet
from buildgraph.adapter.actions import Actions
from buildgraph.adapter.answers import Answering
from buildgraph.running import reporter as reporters
from buildgraph.running.start import Asked, start

opt_workers = {
    "name": "num_process",
    "short": "n",
    "long": "process",
    "type": int,
    "default": 0,
    "help": "number of commands that run at once; 0 is one for each core [default: %(default)s]",
}
opt_reporter = {
    "name": "reporter",
    "short": "r",
    "long": "reporter",
    "type": str,
    "default": "console",
    "help": "what a run tells [default: %(default)s]",
}
opt_verbosity = {
    "name": "verbosity",
    "short": "v",
    "long": "verbosity",
    "type": int,
    "default": None,
    "choices": [(0, "nothing"), (1, "what goes to standard error"), (2, "everything")],
    "help": "how much is shown, of plain doit tasks, too; -v alone is -v2, which also says what took longest [default: 1]",
}
opt_wait = {
    "name": "wait",
    "short": "",
    "long": "wait",
    "inverse": "no-wait",
    "type": bool,
    "default": True,
    "help": "wait for another run in this checkout; --no-wait fails at once",
}
opt_cache = {
    "name": "cache",
    "short": "",
    "long": "cache",
    "inverse": "no-cache",
    "type": bool,
    "default": True,
    "help": "share results of cached rules with other checkouts; --no-cache takes and keeps none",
}


class Run(Answering, DoitRun):
    """Makes the selected tasks current."""

    doc_purpose = "make tasks current (the default command)"
    cmd_options = (
        *(opt_always, opt_continue, opt_workers, opt_reporter, opt_verbosity, opt_wait, opt_cache),
        opt_pdb,
    )
    stack: ExitStack
    output: TextIO | None = None
    """Standard output, where it is the reporter's alone."""

    def get_reporters(self) -> dict:
        """Return our reporters; doit's know nothing of what ours tell."""
        self.cmdparser["reporter"].choices = {name: each.desc for name, each in reporters.REPORTERS.items()}
        return reporters.REPORTERS

    def arranged(self, words: list[str]) -> list[str]:
        """Return the words as they are: what follows a task's name is its own."""
        return words

    def parse_execute(self, in_args: list[str]) -> int:
        return super().parse_execute(_with_level(in_args))

    def execute(self, params: dict[str, Any], args: list[str]) -> int:
        """Load `dodo.py` and run; JSON lines have standard output for themselves from the beginning."""
        with ExitStack() as self.stack:
            if params["reporter"] == "json":
                self.output = self.stack.enter_context(outlet.alone())
            return super().execute(params, args)

    def _execute(
        self,
        always: bool = False,
        continue_: bool = False,
        num_process: int = 0,
        reporter: str = "console",
        verbosity: int | None = None,
        force_verbosity: bool = False,
        wait: bool = True,
        cache: bool = True,
        pdb: bool | None = None,
        pos_args: list[str] | None = None,
    ) -> int:
        if reporter == "json" and self.output is None:  # DOIT_CONFIG says so.
            self.output = self.stack.enter_context(outlet.alone())
        PythonAction.pm_pdb = pdb
        plan = self.loader.plan(self.task_list, Actions(self.task_list, verbosity, force_verbosity))
        default = self.loader.defined.config.get("default_tasks") or ()
        asked = Asked(num_process, reporter, continue_, always, wait, verbosity == 2, cache, tuple(default))
        return start(plan, self.ledger, self.loader.defined, asked, pos_args or (), self.output)


def _with_level(words: list[str]) -> list[str]:
    """Return a command line in which a `-v` among the options has its level: 2 if none follows."""
    position = 0
    while position < len(words) and words[position].startswith("-"):
        takes_value = words[position] in ("-n", "--process", "-r", "--reporter", "--verbosity")
        if words[position] == "-v":
            takes_value = "".join(words[position + 1 : position + 2]).isdigit()
            words = words if takes_value else [*words[:position], "-v2", *words[position + 1 :]]
        position += 1 + takes_value
    return words
