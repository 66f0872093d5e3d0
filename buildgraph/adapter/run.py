"""`doit run`, the command that is meant when none is named."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TextIO

from doit.action import PythonAction
from doit.cmd_run import Run as DoitRun
from doit.cmd_run import opt_always, opt_continue, opt_pdb

from buildgraph import outlet
from buildgraph.adapter.answers import Answering
from buildgraph.adapter.control import select
from buildgraph.errors import BuildError
from buildgraph.layout import exact
from buildgraph.proof.certifier import Certifier
from buildgraph.record.lock import Lock
from buildgraph.run import reporter as reporters
from buildgraph.run.runner import Runner, Settings

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
    "help": "what plain doit tasks show of their output [default: 1]",
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


class Run(Answering, DoitRun):
    """Makes the selected tasks current."""

    doc_purpose = "make tasks current (the default command)"
    cmd_options = (
        *(opt_always, opt_continue, opt_workers, opt_reporter, opt_verbosity, opt_wait),
        opt_pdb,
    )
    stack: ExitStack
    output: TextIO | None = None
    """Standard output, where it is the reporter's alone."""

    def get_reporters(self) -> dict:
        """Return our reporters; doit's know nothing of what ours tell."""
        self.cmdparser["reporter"].choices = {name: each.desc for name, each in reporters.REPORTERS.items()}
        return reporters.REPORTERS

    def execute(self, params, args) -> int:
        """Load `dodo.py` and run; JSON lines have standard output for themselves from the beginning."""
        with ExitStack() as self.stack:
            if params["reporter"] == "json":
                self.output = self.stack.enter_context(outlet.alone())
            return super().execute(params, args)

    def _execute(
        self,
        always=False,
        continue_=False,
        num_process=0,
        reporter="console",
        verbosity=None,
        force_verbosity=False,
        wait=True,
        pdb=None,
        pos_args=None,
    ) -> int:
        if num_process < 0:
            what = f"the option '--process' cannot be '{num_process}'"
            raise BuildError(what, "", "It is a number that is not negative.")
        if reporter == "json" and self.output is None:  # DOIT_CONFIG says so.
            self.output = self.stack.enter_context(outlet.alone())
        PythonAction.pm_pdb = pdb
        plan = self.loader.plan(self.task_list)
        selection = [exact(word) for word in pos_args or self.sel_tasks or ()]
        select(plan, selection, None)
        settings = Settings(
            workers=num_process if num_process > 0 else cores(),
            is_continuing=continue_,
            is_forced=always,
            is_waiting=wait,
            title=" ".join([self.bin_name, *(pos_args or ())]),
            verbosity=verbosity,
            is_verbosity_forced=force_verbosity,
        )
        told = reporters.make(reporter, self.output or sys.stdout, os.environ)
        certifier = Certifier(self.loader, selection) if reporter == "console" and not always else None
        environ = os.environ if os.name == "nt" else dict(os.environ)  # Windows finds a name in any case.
        return Runner(plan, self.ledger, Lock(), told, settings, environ, certifier).run()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
