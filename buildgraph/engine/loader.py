"""The loader: doit's, with `dodo.py` always read from its source and the configuration checked.

Python trusts a cached bytecode file whose recorded time (in whole seconds) and size are those of the source:
an edit within the same second, or one that keeps the time, would be missed. So the page that defines the
graph is compiled each time it is loaded.
"""

from __future__ import annotations

import inspect
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec

from doit.cmd_base import NamespaceTaskLoader

from buildgraph.engine.answers import check_config
from buildgraph.engine.declared import quick
from buildgraph.errors import BuildError
from buildgraph.observe.loading import Loading

DODO = "dodo.py"
CONFIGURATION = ("pyproject.toml", "doit.cfg")
"""What doit itself reads before anything is loaded."""


class Loader(NamespaceTaskLoader):
    """Loads `dodo.py`."""

    cmd_options = ()

    def __init__(self, argv: list[str]) -> None:
        super().__init__()
        self.argv = argv
        self.loading = Loading(CONFIGURATION)

    def setup(self, opt_values: dict) -> None:
        """Run `dodo.py` and keep what it defines."""
        if not os.path.isfile(DODO):
            raise BuildError(
                f"there is no '{DODO}' here", os.getcwd(), "Change to the top folder of the checkout."
            )
        root = os.getcwd()
        if root not in sys.path:
            sys.path.insert(0, root)
        path = os.path.join(root, DODO)
        spec = ModuleSpec("dodo", _Source("dodo", path), origin=path)
        spec.has_location = True
        module = module_from_spec(spec)
        sys.modules["dodo"] = module
        with self.loading:
            spec.loader.exec_module(module)
        self.namespace = {
            name: quick(value) if name.startswith("task_") and inspect.isgeneratorfunction(value) else value
            for name, value in vars(module).items()
        }

    def load_doit_config(self) -> dict:
        config = super().load_doit_config()
        check_config(config)
        return config

    def load_tasks(self, cmd, pos_args: list[str]) -> list:
        # doit looks at the first letter of each word; an empty one is for a task that takes arguments.
        with self.loading:
            return super().load_tasks(cmd, [word for word in pos_args if word])


class _Source(SourceFileLoader):
    """Compiles the source and neither reads nor writes bytecode."""

    def get_code(self, fullname: str):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)
