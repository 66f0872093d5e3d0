"""Commands: an argument list run in the checkout's root, its output in a log of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from buildgraph.act.processes import Children
from buildgraph.errors import BuildError
from buildgraph.library import all_located
from buildgraph.rules.values import PYTHON
from buildgraph.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildgraph.act.processes import Process


def resolve(words: Sequence[str]) -> list[str]:
    """Return the argument list with the program's own path; raise if there is no such program."""
    program, words = words[0], all_located(words)
    if program == PYTHON:
        return [sys.executable, *words[1:]]
    if not os.path.isfile(program):
        folder = os.path.dirname(program)
        near = did_you_mean(program, [f"{folder}/{name}" for name in _names(folder)])
        raise BuildError(
            f"the command '{program}' does not exist",
            "",
            near or "Make it first, and name the file among the inputs of the task.",
        )
    if not os.access(program, os.X_OK):
        raise BuildError(f"the command '{program}' is not executable", "", f"Run 'chmod +x {program}'.")
    if os.name == "nt":
        return [os.path.abspath(program), *words[1:]]
    # Without a slash a program would be looked up on PATH.
    return [program if "/" in program else f"./{program}", *words[1:]]


def run(words: Sequence[str], environ: Mapping[str, str], log: str, children: Children) -> int:
    """Run a command to its end with its output in the file `log`, and return its exit code."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
    try:
        process = _spawn(children, words, environ, output)
    finally:
        os.close(output)
    try:
        return process.wait()
    finally:
        children.ended(process)


def _spawn(children: Children, words: Sequence[str], environ: Mapping[str, str], output: int) -> Process:
    try:
        return children.spawn(words, environ, output)
    except OSError as error:
        hint = (
            "Make sure that its first line ('#!…') names an interpreter that exists."
            if isinstance(error, FileNotFoundError)
            else ""
        )
        raise BuildError(f"cannot start '{words[0]}': {error.strerror}", "", hint) from None


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
