"""The front door: doit's main with our commands and our loader."""

from __future__ import annotations

from configparser import Error as ConfigurationError

from doit.doit_cmd import DoitMain
from doit.plugin import PluginDict, PluginEntry

from buildgraph.errors import BuildError

COMMANDS = {
    "help": "commands:Help",
    "run": "run:Run",
    "list": "commands:List",
    "why": "commands:Why",
    "graph": "drawing:Graph",
    "trace": "drawing:Trace",
    "audit": "audit:Audit",
    "verify": "verify:Verify",
    "clean": "commands:Clean",
    "forget": "commands:Forget",
}
"""Command → class; a module is imported when its command is asked for."""


class Main(DoitMain):
    """doit's main."""

    BIN_NAME = "doit"

    def __init__(self, argv: list[str]) -> None:
        from buildgraph.engine.loader import Loader

        try:
            super().__init__(task_loader=Loader(argv))
        except ConfigurationError as error:
            raise BuildError(
                f"'doit.cfg' does not read: {error.message.splitlines()[0].rstrip('.')}"
            ) from None
        except ValueError as error:
            raise BuildError(f"'pyproject.toml' does not read: {error}") from None
        except OSError as error:
            hint = "Make it readable for yourself."
            raise BuildError(f"cannot read '{error.filename}': {error.strerror}", "", hint) from None

    def get_cmds(self) -> PluginDict:
        """Return our commands; commands of packages that happen to be installed are none of this checkout's."""
        entries = PluginDict()
        for name, place in COMMANDS.items():
            entries[name] = PluginEntry("COMMAND", name, f"buildgraph.engine.{place}")
        return entries

    def process_args(self, cmd_args: list[str]) -> list[str]:
        """Return all words: the graph takes no variables from the command line, and arguments may contain '='."""
        return list(cmd_args)
