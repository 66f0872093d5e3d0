"""The commands other than `run`: their names, options and words, as doit has them; each asks for what does the work."""

from __future__ import annotations

from collections.abc import Mapping

from doit.cmd_base import DoitCmdBase
from doit.cmd_help import Help as DoitHelp

from buildgraph.adapter.answers import Answering
from buildgraph.errors import BuildError
from buildgraph.inspect.pictures import FORMATS
from buildgraph.suggest import COMMANDS, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE = {
    "name": "file",
    "short": "o",
    "long": "output",
    "type": str,
    "default": "",
    "help": "the file to write",
}


def _flag(name: str, long: str, help: str, short: str = "") -> dict:
    return {"name": name, "short": short, "long": long, "type": bool, "default": False, "help": help}


class Help(Answering, DoitHelp):
    """Explains commands and tasks, in the words of this engine."""

    doc_purpose = "explain a task or a command"
    doc_usage = "[TASK | COMMAND]"

    def print_usage(self, cmds: Mapping[str, DoitCmdBase]) -> None:
        from buildgraph.inspect.helping import overview

        overview({name: cmds[name].doc_purpose for name in COMMANDS})

    def execute(self, params: dict[str, Any], args: list[str]) -> int:
        """Explain what is named; a task needs `dodo.py`, all else does not."""
        from buildgraph.inspect.helping import of_command

        if not args or args == ["--help"]:
            self.print_usage(self.cmds)
        elif args[0] in self.cmds:
            of = self.cmds[args[0]]
            of_command(args[0], of.doc_usage, of.doc_purpose, of.cmd_options)
        else:
            return DoitCmdBase.execute(self, params, args)
        return 0

    def _execute(self, pos_args: list[str]) -> int:
        from buildgraph.inspect.helping import of_task

        plan, name = self.graph(), pos_args[0]
        if name not in plan.tasks:
            what = f"there is no command or task '{name}'"
            near = did_you_mean(name, [*self.cmds, *plan.tasks])
            raise BuildError(what, "", near or "Run 'doit list' to see the tasks.")
        of_task(plan, name)
        return 0


class List(Answering, DoitCmdBase):
    """Lists tasks in groups."""

    doc_purpose = "list the tasks"
    doc_usage = "[TASK ...]"
    name = "list"
    cmd_options = (
        _flag("all", "all", "list subtasks too"),
        _flag("quiet", "quiet", "print names alone", short="q"),
    )

    def _execute(self, all: bool = False, quiet: bool = False, pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.listing import show

        show(self.plan(pos_args) if pos_args else self.graph(), bool(pos_args), all, quiet)
        return 0


class Why(Answering, DoitCmdBase):
    """Says why tasks would run."""

    doc_purpose = "say why a task would run"
    doc_usage = "[TASK ...]"
    name = "why"
    cmd_options = (
        _flag("verbose", "verbose", "all reasons, each with what changed from what to what", short="v"),
    )

    def _execute(self, verbose: bool = False, pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.why import why

        why(self.plan(pos_args, self.sel_tasks), self.ledger, verbose)
        return 0


class Inputs(Answering, DoitCmdBase):
    """Lists what tasks read."""

    doc_purpose = "list the files that tasks read and that no task makes"
    doc_usage = "[TASK ...]"
    name = "inputs"

    def _execute(self, pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.inputs import inputs

        inputs(self.plan(pos_args, self.sel_tasks), self.ledger)
        return 0


class Affected(Answering, DoitCmdBase):
    """Lists the tasks that a change can reach."""

    doc_purpose = "list the tasks that what has changed since a revision can reach"
    doc_usage = "--since=REVISION [TASK ...]"
    name = "affected"
    cmd_options = (
        {
            "name": "since",
            "short": "",
            "long": "since",
            "type": str,
            "default": "",
            "help": "a commit, a branch or a tag of git",
        },
        _flag("quiet", "quiet", "print names alone", short="q"),
    )

    def _execute(self, since: str = "", quiet: bool = False, pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.affected import show

        if not since:
            what = "'doit affected' compares with a revision, and none is named"
            raise BuildError(what, "", "Write: 'doit affected --since=origin/main'.")
        plan = self.plan(pos_args)
        show(plan, self.ledger, self.loader.defined.loading, since, quiet)
        return 0


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
        FILE,
    )

    def _execute(self, format: str = "html", file: str = "", pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.drawing import draw

        draw(self.plan(pos_args), self.ledger, format, file)
        return 0


class Trace(Answering, DoitCmdBase):
    """Writes when and where the tasks of one of the last runs ran."""

    doc_purpose = "list the last runs, or tell of one and draw it as a page"
    doc_usage = "[N]"
    name = "trace"
    cmd_options = (
        _flag(
            "list", "list", "list the runs that are kept, as without a number; 1 is the last one", short="l"
        ),
        _flag("serve", "serve", "those that 'doit serve' has started"),
        FILE,
    )

    def execute(self, params: dict[str, Any], args: list[str]) -> int:
        """Answer from what runs have left; `dodo.py` is not needed for that."""
        from buildgraph.inspect.tracing import show, trace

        if len(args) > 1:
            raise BuildError(f"'doit trace' takes one number, not '{' '.join(args)}'")
        if params["list"] or not (args or params["file"]):
            show(params["serve"])
        else:
            trace(args[0] if args else "1", params["file"], params["serve"])
        return 0


class Audit(Answering, DoitCmdBase):
    """Reports reads that are not inputs and writes that are not outputs."""

    doc_purpose = "run tasks under tracing; report undeclared reads and writes"
    doc_usage = "[TASK ...]"
    name = "audit"

    def _execute(self, pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.audit import audit

        return audit(self.plan(pos_args, self.sel_tasks), self.ledger)


class Verify(Answering, DoitCmdBase):
    """Reports outputs that are not the same when they are made twice."""

    doc_purpose = "make tasks twice, under different circumstances, and compare"
    doc_usage = "[TASK ...]"
    name = "verify"

    def _execute(self, pos_args: list[str] | None = None) -> int:
        from buildgraph.inspect.verify import verify

        return verify(self.plan(pos_args, self.sel_tasks))


class Clean(Answering, DoitCmdBase):
    """Removes what tasks made, as long as it is as they made it."""

    doc_purpose = "remove what tasks made"
    doc_usage = "[TASK ...]"
    name = "clean"
    cmd_options = (
        _flag("dryrun", "dry-run", "only say what would go", short="n"),
        _flag("all", "all", "environments and tools, too"),
        _flag("yes", "yes", "do not ask before much is removed", short="y"),
    )

    def _execute(
        self, dryrun: bool = False, all: bool = False, yes: bool = False, pos_args: list[str] | None = None
    ) -> int:
        from buildgraph.running.cleaning import Asked, clean

        clean(self.plan(pos_args), self.ledger, Asked(bool(pos_args), all, dryrun, yes))
        return 0


class Forget(Answering, DoitCmdBase):
    """Drops recorded successes, so that the tasks run again."""

    doc_purpose = "forget that tasks succeeded, so that they run again"
    doc_usage = "[TASK ...]"
    name = "forget"

    def _execute(self, pos_args: list[str] | None = None) -> int:
        from buildgraph.running.cleaning import forget

        forget(self.plan(pos_args), self.ledger)
        return 0


class Completion(Answering, DoitCmdBase):
    """Prints a script with which a shell completes command lines."""

    doc_purpose = "print the script by which a shell completes what is typed"
    doc_usage = "bash | zsh | fish"
    name = "completion"

    def execute(self, params: dict[str, Any], args: list[str]) -> int:
        """Print the script; `dodo.py` is not needed for that."""
        from buildgraph.inspect.completion import complete

        return complete(args)
