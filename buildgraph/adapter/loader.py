"""The loader: doit's, with `dodo.py` read from its source and the configuration checked.

While the definitions of the command line's certificate hold, the graph that they define is taken from where it was
stored, and `dodo.py` is not run.

Python trusts a cached bytecode file whose recorded time (in whole seconds) and size are those of the source:
an edit within the same second, or one that keeps the time, would be missed. So the page that defines the
graph is compiled each time it is loaded.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec

from doit.cmd_base import NamespaceTaskLoader
from doit.cmdparse import CmdOption, CmdParseError, TaskParse
from doit.loader import task_params
from doit.task import Task

from buildgraph.adapter.actions import Actions
from buildgraph.adapter.declared import quick
from buildgraph.adapter.definitions import make_plan
from buildgraph.adapter.options import bad_option
from buildgraph.adapter.settings import check_config, check_tasks
from buildgraph.decide.plan import Plan
from buildgraph.errors import BuildError
from buildgraph.layout import DODO
from buildgraph.observe.loading import Loading, module_files
from buildgraph.proof import evidence
from buildgraph.proof.defined import Defined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from doit.cmd_base import Command

CONFIGURATION = ("pyproject.toml", "doit.cfg", "requirements/build.txt", ".python-version")
"""What doit itself reads before anything is loaded, and the files that say in which environment that is."""


class Loader(NamespaceTaskLoader):
    """Loads `dodo.py`."""

    cmd_options = ()

    def __init__(self, argv: list[str], found: evidence.Evidence | None = None) -> None:
        super().__init__()
        self.defined = Defined(argv, Loading(CONFIGURATION), found)

    @property
    def is_stored(self) -> bool:
        """True if the graph is taken from where it was stored."""
        return self.defined.is_stored

    def setup(self, opt_values: dict) -> None:
        """Take the graph from where it was stored, or run `dodo.py` and keep what it defines."""
        self.defined.take(self.defined.evidence or evidence.read(self.defined.argv))
        if self.is_stored:
            return
        if not os.path.isfile(DODO):
            raise BuildError(
                f"there is no '{DODO}' here", os.getcwd(), "Change to the top folder of the checkout."
            )
        root = os.getcwd()
        if root not in sys.path:
            sys.path.insert(0, root)
        path = os.path.join(root, DODO)
        source = _Source("dodo", path)
        spec = ModuleSpec("dodo", source, origin=path)
        spec.has_location = True
        module = module_from_spec(spec)
        sys.modules["dodo"] = module
        with self.defined.loading:
            source.exec_module(module)
        self.namespace = {}
        for name, value in vars(module).items():
            is_creator = name.startswith("task_") and inspect.isfunction(value) and value is not task_params
            if is_creator:
                _refuse_parameters(value)
            self.namespace[name] = quick(value) if is_creator else value

    def load_doit_config(self) -> Mapping[str, object]:
        if not self.is_stored:
            self.defined.config = super().load_doit_config()
            check_config(self.defined.config)
        return self.defined.config

    def load_tasks(self, cmd: Command, pos_args: list[str]) -> list[Task]:
        if self.is_stored:
            return []
        # doit looks at the first letter of each word; an empty one is for a task that takes arguments.
        words = [word for word in pos_args if word]
        try:
            with self.defined.loading:
                tasks = super().load_tasks(cmd, words)
        except CmdParseError as error:
            raise self._bad_option(error, words) from None
        check_tasks(self.config or {}, tasks)
        # Now and not when a certificate is issued: what is swapped while a command runs was not what was loaded.
        loading = self.defined.loading
        loading.files = {**module_files(), **loading.files}
        return tasks

    def _bad_option(self, error: CmdParseError, words: list[str]) -> Exception:
        """Return what is wrong with an option of a creator of tasks that doit has called with the words after its name."""
        for name in words:
            params = getattr(self.namespace.get(f"task_{name}"), "_task_creator_params", None)
            if params is not None:
                return bad_option(error, TaskParse([CmdOption(dict(option)) for option in params]), name)
        return error

    def plan(self, task_list: list[Task], acts: Actions | None = None) -> Plan:
        """Return the plan of the loaded tasks, or the stored one."""
        current = self.defined.current
        return make_plan(task_list, acts) if current is None else current.stored.plan


def _refuse_parameters(creator: Callable) -> None:
    """Raise if a creator of tasks wants a value that nobody gives it; doit's `task_params` gives some."""
    if not hasattr(creator, "_task_creator_params"):
        for each in inspect.signature(creator).parameters.values():
            if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
                code = inspect.unwrap(creator).__code__
                where = f"{os.path.basename(code.co_filename)}, line {code.co_firstlineno}"
                hint = "Options of a task are declared with option()."
                raise BuildError(f"{creator.__name__}() has the parameter '{each.name}'", where, hint)


class _Source(SourceFileLoader):
    """Compiles the source and neither reads nor writes bytecode."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        try:
            source = self.get_data(path)
        except OSError as error:
            hint = "Change its permissions so that you can read it."
            raise BuildError(f"cannot read '{DODO}': {error.strerror}", "", hint) from None
        if b"\0" in source:  # Pythons differ in how they say so.
            raise BuildError("the file contains a zero byte", DODO, "Remove it.")
        return self.source_to_code(source, path)
