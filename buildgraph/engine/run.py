"""`doit run`, the command that is meant when none is named."""

from __future__ import annotations

import os
import sys

from doit.cmd_run import Run as DoitRun
from doit.cmd_run import opt_always, opt_continue, opt_pdb

from buildgraph.engine import reporter as reporters
from buildgraph.engine.answers import Answering
from buildgraph.engine.certifier import Certifier
from buildgraph.engine.control import select
from buildgraph.engine.runner import Runner, Settings
from buildgraph.layout import exact
from buildgraph.record.lock import Lock

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
    cmd_options = (opt_always, opt_continue, opt_workers, opt_reporter, opt_wait, opt_pdb)

    def get_reporters(self) -> dict:
        """Return our reporters; doit's know nothing of what ours tell."""
        self.cmdparser["reporter"].choices = {name: each.desc for name, each in reporters.REPORTERS.items()}
        return reporters.REPORTERS

    def _execute(
        self, always=False, continue_=False, num_process=0, reporter="console", wait=True, pos_args=None
    ) -> int:
        plan = self.loader.plan(self.task_list)
        selection = [exact(word) for word in pos_args or self.sel_tasks or ()]
        select(plan, selection, None)
        settings = Settings(
            workers=num_process if num_process > 0 else cores(),
            is_continuing=continue_,
            is_forced=always,
            is_waiting=wait,
            title=" ".join([self.bin_name, *(pos_args or ())]),
        )
        told = reporters.make(reporter, sys.stdout)
        certifier = Certifier(self.loader, selection) if reporter == "console" and not always else None
        environ = os.environ if os.name == "nt" else dict(os.environ)  # Windows finds a name in any case.
        return Runner(plan, self.ledger, Lock(), told, settings, environ, certifier).run()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
