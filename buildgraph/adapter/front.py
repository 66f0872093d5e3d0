"""The front door: doit's main with our commands and our loader."""

from __future__ import annotations

import os
from configparser import Error as ConfigurationError

from doit.doit_cmd import DoitConfig, DoitMain
from doit.plugin import PluginDict, PluginEntry

from buildgraph.adapter import COMMANDS
from buildgraph.adapter.settings import check_file
from buildgraph.errors import BuildError
from buildgraph.proof.evidence import Evidence

FILES = ("pyproject.toml", "doit.cfg")
"""Where doit looks for settings; the second overrules the first."""


class Main(DoitMain):
    """doit's main."""

    BIN_NAME = "doit"

    def __init__(self, argv: list[str], found: Evidence | None = None) -> None:
        from buildgraph.adapter.loader import Loader

        try:
            super().__init__(task_loader=Loader(argv, found), config_filenames=FILES)
        except ConfigurationError as error:
            raise BuildError(
                f"'doit.cfg' cannot be parsed: {error.message.splitlines()[0].rstrip('.')}"
            ) from None
        except ValueError as error:
            raise BuildError(f"'pyproject.toml' cannot be parsed: {error}") from None
        except OSError as error:
            hint = "Change its permissions so that you can read it."
            raise BuildError(f"cannot read '{error.filename}': {error.strerror}", "", hint) from None
        except (AttributeError, AssertionError, TypeError):
            hint = "'tool.doit' and what is in it, 'commands', 'tasks' and 'plugins', are tables."
            raise BuildError("doit's settings cannot be parsed", "pyproject.toml", hint) from None
        if self.config:
            self._check_files()

    def _check_files(self) -> None:
        """Raise if a file sets what means nothing here."""
        commands = self.get_cmds()
        options = {name: commands.get_plugin(name).cmd_options for name in COMMANDS}
        for file in filter(os.path.exists, FILES):
            of_file = DoitConfig()
            of_file.loads([file])
            check_file(file, of_file.as_dict(), options)

    @staticmethod
    def print_version() -> None:
        """Print the versions of the project and of what works on it."""
        from doit.version import VERSION

        from buildgraph.inspect.versions import show

        show(".".join(map(str, VERSION)))

    def get_cmds(self) -> PluginDict:
        """Return our commands; commands of packages that happen to be installed are none of this checkout's."""
        entries = PluginDict()
        for name, place in COMMANDS.items():
            entries[name] = PluginEntry("COMMAND", name, f"buildgraph.{place}")
        return entries

    def process_args(self, cmd_args: list[str]) -> list[str]:
        """Return all words: the graph takes no variables from the command line, and arguments may contain '='."""
        return list(cmd_args)
