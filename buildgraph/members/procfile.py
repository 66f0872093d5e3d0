"""Procfile: the programs of a service, a line each, started without a shell (https://devcenter.heroku.com/articles/procfile).

A variable stands for its value (`$PORT`); whatever else a shell would do with a line is refused, since a bundle and an image start none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from buildgraph.errors import BuildError

NAME = "Procfile"
LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")
SINGLE, DOUBLE, ESCAPED = r"'[^']*'", r'"(?:\\.|[^"\\])*"', r"\\."
QUOTED = re.compile(f"{SINGLE}|{DOUBLE}|{ESCAPED}")
VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
SHELL = re.compile(r"[|&;<>()`*?\[\]{}~#!$\\]")
WITHIN = re.compile(r"[`$\\]")  # what a shell also reads between double quotes
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
PYTHONS = ("python", "python3")


@dataclass(frozen=True)
class Program:
    """A line: its process, the module or the installed script that it starts, and the words after that."""

    process: str
    module: str
    script: str
    words: tuple[str, ...]
    where: str

    def __str__(self) -> str:
        """Return what is started, as it was written."""
        return f"python -m {self.module}" if self.module else self.script


def programs(text: str, path: str) -> Iterator[Program]:
    """Yield the programs of a Procfile; raise BuildError for a line that only a shell can start."""
    found: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{path}, line {number}"
        said = LINE.fullmatch(line.strip())
        if not said:
            raise BuildError("it is not 'name: command'", where, "Write it as 'web: program word …'.")
        process, command = said.groups()
        if process in found:
            raise BuildError(f"there is a second line '{process}'", where, "Give it another name.")
        found.add(process)
        yield _program(process, command, where)


def web(text: str, path: str) -> Program:
    """Return what the line `web` starts."""
    for program in programs(text, path):
        if program.process == "web":
            return program
    raise BuildError("it has no line 'web'", path, "Write what a bundle starts as 'web: program word …'.")


def variables(program: Program) -> set[str]:
    """Return the variables that a program's words name."""
    return {one or other for word in program.words for one, other in VARIABLE.findall(word)}


def _program(process: str, command: str, where: str) -> Program:
    _refuse_shell(command, where)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BuildError(
            f"its words cannot be told apart: {str(error).lower()}", where, "Close the quotes."
        ) from None
    if ASSIGNMENT.match(words[0]):
        what = f"it begins with a variable, '{words[0].partition('=')[0]}'"
        raise BuildError(what, where, "Set it where the service is deployed.")
    if words[0] not in PYTHONS:
        return Program(process, "", words[0], tuple(words[1:]), where)
    if len(words) < 3 or words[1] != "-m":
        raise BuildError(
            f"'{words[0]}' runs something other than a module", where, "Write: 'python -m MODULE'."
        )
    return Program(process, words[2], "", tuple(words[3:]), where)


def _refuse_shell(command: str, where: str) -> None:
    plain = VARIABLE.sub("", QUOTED.sub(lambda part: "\\" if part[0][0] == "\\" else "", command))
    within = "".join(VARIABLE.sub("", part[1:-1]) for part in QUOTED.findall(command) if part.startswith('"'))
    literal = "".join(part for part in QUOTED.findall(command) if part.startswith("'"))
    for text, signs in ((plain, SHELL), (within, WITHIN), (literal, re.compile(r"\$"))):
        if sign := signs.search(text):
            hint = "No shell starts it: write a program and its words; '$NAME' stands for a variable."
            raise BuildError(f"'{sign[0]}' is for a shell", where, hint)
