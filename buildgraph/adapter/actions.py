"""Actions: how the engine has doit run the actions of a plain task.

A plain task is not recorded, so all that it depends on counts as changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import TextIO

from doit.action import BaseAction, CmdAction, PythonAction
from doit.cmdparse import CmdOption, CmdParseError, TaskParse
from doit.exceptions import InvalidTask
from doit.task import Stream, Task

from buildgraph.adapter.options import bad_option
from buildgraph.errors import BuildError
from buildgraph.layout import LOGS, file_name_of
from buildgraph.outlet import Outlet


class Actions:
    """The plain tasks of a graph, as `decide/plan.py` wants to have them run."""

    def __init__(self, tasks: Iterable[Task], verbosity: int | None = None, is_forced: bool = False) -> None:
        self.tasks = {task.name: task for task in tasks}
        self.stream = Stream(verbosity, is_forced)

    def take_words(self, name: str, rest: list[str]) -> tuple[dict[str, object], list[str], list[str]]:
        """Take a task's options and arguments off the command line as doit does; return them, and what is left."""
        task = self.tasks[name]
        parser = TaskParse([CmdOption(dict(option)) for option in (*task.params, *task.creator_params)])
        parser.overwrite_defaults(task.cfg_values or {})
        try:
            options, rest = parser.parse(rest)
        except CmdParseError as error:
            raise bad_option(error, parser, name) from None
        return (options, rest, []) if task.pos_arg else (options, [], rest)

    def run(self, name: str, options: Mapping[str, object], words: Sequence[str]) -> tuple[str, str]:
        """Run the actions with these options and arguments; return how they failed, "" if they did not, and the log."""
        task = self.tasks[name]
        task.options = options
        task.pos_arg_val = list(words)
        task.dep_changed = list(task.file_dep)
        task.overwrite_verbosity(self.stream)
        with redirect_stdout(Outlet(sys.stdout)), redirect_stderr(Outlet(sys.stderr)):
            what = _run(task, self.stream)
        return what, _log(task) if what else ""

    def clean(self, name: str, is_dry: bool, stream: TextIO) -> None:
        """Remove the targets or run the actions that the task's `clean` asks for, and say so; raise if one fails."""
        _clean(self.tasks[name], is_dry, stream)


def _run(task: Task, stream: Stream) -> str:
    """Run the actions and say how they failed, "" if they did not."""
    try:
        for action in task.actions:
            _refuse_unknown_words(task, action)
        failure = task.execute(stream)
    except OSError as error:
        return f"cannot use '{error.filename}': {error.strerror}" if error.filename else str(error)
    except SystemExit as error:
        return f"an action ended with exit code {error.code}"
    except (BuildError, InvalidTask) as error:
        return str(error)
    return "" if failure is None else str(failure.get_msg()).strip()


def _refuse_unknown_words(task: Task, action: BaseAction) -> None:
    """Raise if a command has words to be replaced, such as `%(targets)s`, for which there is nothing."""
    if not (isinstance(action, CmdAction) and isinstance(action._action, str)):
        return
    try:
        action.expand_action()
    except (KeyError, IndexError, ValueError, TypeError) as error:
        known = ["dependencies", "targets", "changed", *task.options, *filter(None, [task.pos_arg])]
        what = f"the command '{action._action}' of '{task.name}' cannot be formed: {type(error).__name__}: {error}"
        raise BuildError(what, "", f"What it can name: {', '.join(known)}.") from None


def _log(task: Task) -> str:
    """Keep what was not shown of the actions' output and return its path, "" if there is nothing."""
    kept = ("out", "err") if task.verbosity == 0 else ("out",) if task.verbosity == 1 else ()
    text = "".join(
        getattr(action, name, None) or "" for action in task._action_instances or () for name in kept
    )
    if not text:
        return ""
    path = f"{LOGS}/{file_name_of(task.name)}.log"
    os.makedirs(LOGS, exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    return path


def _clean(task: Task, is_dry: bool, stream: TextIO) -> None:
    task.init_options()
    if task._remove_targets:
        for path in sorted(task.targets, reverse=True):
            _remove(task.name, path, is_dry)
    for action in task.clean_actions:
        takes_dryrun = isinstance(action, PythonAction) and "dryrun" in _parameters(action)
        if takes_dryrun:
            action.kwargs = {**action.kwargs, "dryrun": is_dry}
        print(f"{'would run' if is_dry else 'running'} '{_said(action)}' to clean '{task.name}'")
        if is_dry and not takes_dryrun:
            continue
        try:
            failure = action.execute(stream, sys.stderr)
        except OSError as error:
            failure = BuildError(f"cannot use '{error.filename}': {error.strerror}")
        if failure is not None:
            raise BuildError(
                f"cleaning '{task.name}' failed: {_sentence(failure)}",
                "",
                "Run it again once that is fixed.",
            )


def _remove(task: str, path: str, is_dry: bool) -> None:
    is_folder = os.path.isdir(path) and not os.path.islink(path)
    if is_folder and os.listdir(path):
        print(f"'{path}' is kept: it is a folder that is not empty")
    elif os.path.lexists(path):
        print(f"{'would remove' if is_dry else 'removing'} '{path}'")
        if not is_dry:
            os.rmdir(path) if is_folder else os.remove(path)


def _parameters(action: PythonAction) -> Sequence[str]:
    import inspect

    return tuple(inspect.signature(action.py_callable).parameters)


def _said(action: BaseAction) -> str:
    """Return a command as it was written, a function by its name."""
    if isinstance(action, PythonAction):
        return getattr(action.py_callable, "__name__", repr(action.py_callable)) + "()"
    return " ".join(map(str, action._action)) if isinstance(action._action, list) else str(action._action)


def _sentence(failure: object) -> str:
    text = failure.get_msg() if hasattr(failure, "get_msg") else str(failure)
    return str(text).strip().splitlines()[-1].rstrip(".")
