"""Task: the doit task, and the frozen value within it, of what a verb was given."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from buildgraph.errors import BuildError
from buildgraph.layout import is_exact, is_pattern
from buildgraph.rules.command import Command
from buildgraph.rules.keywords import read, refuse_unknown, with_carried
from buildgraph.rules.refuse import validate
from buildgraph.rules.values import Action, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any


ROOMS = ("buildgraph.rooms.", "buildgraph.members.")
"""The modules that hand out tasks in the name of the file that asks for them."""


def task(kind: type[Rule], given: dict[str, Any]) -> dict:
    """Return the doit task of a verb's keywords; raise BuildError for what cannot be meant."""
    where = caller(sys._getframe(1))
    if unknown := given.pop("unknown"):
        refuse_unknown(kind.__name__.lower(), unknown, where)
    command = given["command"]
    said = read(with_carried(given, command, where) if type(command) is Command else given, where)
    name, basename, doc = said.pop("name"), said.pop("basename"), said.pop("doc")
    needs, after, options = said.pop("needs"), said.pop("after"), said["options"]
    value = _value(kind, said, where)
    validate(value)
    described = {
        "actions": [Action(value.command)],
        "file_dep": [path for path in value.inputs if is_exact(path) and path not in value.judges],
        "targets": [path for path in value.outputs if not is_pattern(path)],
        "task_dep": [*needs, *after],
        "params": list(options),
        "meta": {"buildgraph": value},
    }
    if name is not None:
        described["name"] = name
    if basename is not None:
        described["basename"] = basename
    if doc is not None:
        described["doc"] = doc
    if value.arguments:
        described["pos_arg"] = "arguments"
    return described


def _value(kind: type[Rule], said: dict[str, Any], where: str) -> Rule:
    """Return the frozen value of canonical keywords."""
    said["where"] = where
    if kind is Rule and not said["outputs"]:
        raise BuildError("a rule without outputs makes nothing", where, "Name its outputs, or use check().")
    if said["judges"]:
        said["inputs"] += said["judges"]
    if said["discovers"] is not None:
        said["outputs"] = tuple(dict.fromkeys((*said["outputs"], said["discovers"])))
    if said["options"]:
        said["options"] = tuple([option["name"] for option in said["options"]])
    if kind.owns_the_terminal:
        said["foreground"] = True
    return kind.of(said)


def caller(frame: FrameType) -> str:
    """Return file and line of the first frame outside the module of this one and of the rooms: where the user wrote the rule."""
    ours = frame.f_globals
    while frame.f_back is not None and (
        frame.f_globals is ours or str(frame.f_globals.get("__name__")).startswith(ROOMS)
    ):
        frame = frame.f_back
    return _place(frame.f_code.co_filename, frame.f_lineno)


@lru_cache(maxsize=1024)
def _place(file: str, line: int) -> str:
    return f"{os.path.basename(file)}, line {line}"
