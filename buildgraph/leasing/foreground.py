"""Foreground: a command that runs while a server does, to its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from buildgraph.act.signals import Handled
from buildgraph.errors import BuildError
from buildgraph.handed import passed_on


def run(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end in the foreground; signals reach it, and its end is waited for.

    `python` stands for the interpreter of the tools environment, as everywhere in the graph.
    """
    if arguments[0] == "python":
        arguments = [sys.executable, *arguments[1:]]
    else:
        arguments = [str(Path(arguments[0]).absolute()), *arguments[1:]]
    try:
        child = subprocess.Popen(arguments, env={**os.environ, **environment, **passed_on()})
    except OSError as error:
        raise BuildError(f"cannot start '{arguments[0]}': {error.strerror}", "", "Run 'doit env'.") from None
    with Handled(lambda number: _pass_on(child, number)):
        return _wait(child)


def _pass_on(child: subprocess.Popen[bytes], number: int) -> None:
    """Pass SIGTERM and SIGHUP on; Ctrl-C has reached the child already, through the terminal."""
    if number != signal.SIGINT and child.poll() is None:
        child.send_signal(number)


def _wait(child: subprocess.Popen[bytes]) -> int:
    code = child.wait()
    return 128 - code if code < 0 else code
