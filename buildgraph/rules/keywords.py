"""Keywords: all that `dodo.py` can say of a task, what reads it, and which verb has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from buildgraph.errors import BuildError
from buildgraph.rules.command import Command
from buildgraph.rules.given import (
    arguments_of,
    command_of,
    count_of,
    environment_of,
    explained_of,
    flag_of,
    inherited_of,
    names_of,
    options_of,
    path_of,
    paths_of,
    several,
    text_of,
    text_of_task,
)
from buildgraph.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

READ: Mapping[str, tuple[Callable[[str, Any, str], object], object]] = {
    "inputs": (paths_of, ()),
    "judges": (paths_of, ()),
    "outputs": (paths_of, ()),
    "needs": (names_of, ()),
    "command": (command_of, ...),
    "name": (text_of_task, None),
    "basename": (text_of_task, None),
    "doc": (text_of_task, None),
    "topic": (text_of_task, ""),
    "after": (names_of, ()),
    "environment": (environment_of, ()),
    "inherit": (inherited_of, ()),
    "network": (flag_of, False),
    "tools": (paths_of, ()),
    "options": (options_of, ()),
    "arguments": (arguments_of, False),
    "explains": (explained_of, ()),
    "discovers": (path_of, None),
    "cached": (flag_of, False),
    "tells": (flag_of, False),
    "may_be_empty": (paths_of, ()),
    "fills": (paths_of, ()),
    "opens": (path_of, None),
    "always": (flag_of, False),
    "foreground": (flag_of, False),
    "worker": (count_of, 0),
    "address": (text_of, ""),
}
"""Keyword → what makes a canonical value of what was said or raises, and what it is if nothing was said; a command is always said."""

DEFAULTS = {keyword: default for keyword, (_, default) in READ.items()}

COMMON = (
    *("name", "basename", "doc", "topic", "after", "environment"),
    *("inherit", "network", "tools", "options", "arguments", "explains"),
)
RECORDED = ("discovers", "may_be_empty", "always", "foreground", "worker")
"""What means nothing to what owns the terminal and is never remembered."""

KEYWORDS = {
    "rule": ("inputs", "outputs", "command", *COMMON, *RECORDED, "fills", "opens", "cached", "tells"),
    "check": ("inputs", "judges", "command", *COMMON, *RECORDED),
    "run": ("needs", "command", *COMMON),
    "service": ("needs", "command", *COMMON, "address"),
}
"""The keywords of each verb, in the order of its signature."""

INSTEAD = {
    ("check", "outputs"): "It verifies and makes nothing: use rule().",
    **{(verb, "outputs"): "It runs and makes nothing: use rule()." for verb in ("run", "service")},
    **{
        (verb, "inputs"): "Name the tasks that it comes after: needs=['TASK']." for verb in ("run", "service")
    },
    **{(verb, "foreground"): "It always owns the terminal." for verb in ("run", "service")},
    **{(verb, "worker"): "It always owns the terminal." for verb in ("run", "service")},
    **{(verb, "always"): "It always runs." for verb in ("run", "service")},
    **{(verb, "tells"): "Only a rule() tells what it has made." for verb in ("check", "run", "service")},
    **{(verb, "cached"): "Only what a rule() makes is kept." for verb in ("check", "run", "service")},
}
"""What to write in the place of a keyword that another verb has."""

CARRIED = (
    *("tools", "environment", "inherit", "network", "foreground", "discovers", "options", "arguments"),
    *("fills", "address", "worker", "cached", "tells"),
)
"""What a command carries into whichever task it is in."""


def refuse_unknown(verb: str, given: Iterable[str], where: str) -> None:
    """Raise for the first keyword that a verb does not have."""
    known = KEYWORDS[verb]
    for keyword in given:
        hint = INSTEAD.get((verb, keyword)) or did_you_mean(keyword, known)
        raise BuildError(f"{verb}() has no '{keyword}'", where, hint or f"It knows {', '.join(known)}.")


def read(given: Mapping[str, object], where: str) -> dict[str, Any]:
    """Return all keywords with canonical values, those that were not given with what they are then."""
    said = {**DEFAULTS}
    for keyword, value in given.items():
        if value is not said[keyword]:
            said[keyword] = READ[keyword][0](keyword, value, where)
    return said


def with_carried(given: dict[str, object], command: Command, where: str) -> dict[str, object]:
    """Return what a verb was given, with what its command carries."""
    joined = {**given}
    for keyword in CARRIED:
        if keyword in given and (carried := getattr(command, keyword)):
            joined[keyword] = _both(keyword, carried, given[keyword], where)
    if given["doc"] is None and (given["basename"] or given["name"]) is not None:
        joined["doc"] = command.doc
    return joined


def _both(keyword: str, carried: object, said: Any, where: str) -> object:
    """Return what a command carries and what its task says: lists and mappings joined, else what the task says."""
    if said is DEFAULTS[keyword]:
        return carried
    if isinstance(carried, Mapping):
        return {**carried, **said} if isinstance(said, Mapping) else said
    return (*carried, *several(keyword, said, where)) if type(carried) is tuple else said
