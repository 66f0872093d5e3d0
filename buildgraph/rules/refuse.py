"""Refuse: the keywords that each verb has, and the rules that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterable

from buildgraph.errors import BuildError
from buildgraph.layout import DODO, REMEMBERED, STATE, shown
from buildgraph.rules.values import Rule
from buildgraph.suggest import did_you_mean

COMMON = (
    *("name", "basename", "doc", "after", "environment"),
    *("inherit", "network", "tools", "options", "arguments"),
)


RECORDED = ("discovers", "may_be_empty", "always", "foreground")
"""What means nothing to what owns the terminal and is never remembered."""


KEYWORDS = {
    "rule": ("inputs", "outputs", "command", *COMMON, *RECORDED),
    "check": ("inputs", "judges", "command", *COMMON, *RECORDED),
    "run": ("needs", "command", *COMMON),
    "service": ("needs", "command", *COMMON),
}
"""The keywords of each verb."""


INSTEAD = {
    ("check", "outputs"): "It verifies and makes nothing: use rule().",
    **{(verb, "outputs"): "It runs and makes nothing: use rule()." for verb in ("run", "service")},
    **{
        (verb, "inputs"): "Name the tasks that it comes after: needs=['TASK']." for verb in ("run", "service")
    },
    **{(verb, "foreground"): "It always owns the terminal." for verb in ("run", "service")},
    **{(verb, "always"): "It always runs." for verb in ("run", "service")},
}
"""What to write in the place of a keyword that another verb has."""


def refuse_unknown(verb: str, given: Iterable[str], where: str) -> None:
    known = KEYWORDS[verb]
    for keyword in given:
        if keyword not in known:
            hint = INSTEAD.get((verb, keyword)) or did_you_mean(keyword, known)
            raise BuildError(f"{verb}() has no '{keyword}'", where, hint or f"It knows {', '.join(known)}.")


def refuse_other_than_flags(where: str, **flags: object) -> None:
    for keyword, value in flags.items():
        if type(value) is not bool:
            raise BuildError(f"{keyword}={value!r} is neither True nor False", where)


def _refuse_state(path: str, where: str) -> None:
    """Raise if an output is, holds or lies in what the build remembers."""
    plain = shown(path).rstrip("/")
    inside = plain.removeprefix(f"{STATE}/")
    if plain == STATE or (inside != plain and inside.partition("/")[0] in REMEMBERED):
        what = f"the output '{shown(path)}' is in the build's own state"
        raise BuildError(what, where, "Write it to another folder.")


def validate(value: Rule) -> None:
    for path in value.outputs:
        _refuse_state(path, value.where)
        if path == DODO:
            raise BuildError(
                f"the output '{DODO}' defines the graph itself", value.where, "Write another file."
            )
    for path in value.may_be_empty:
        if path not in value.outputs:
            raise BuildError(
                f"may_be_empty names '{shown(path)}', which is not an output", value.where, "Name an output."
            )
    if value.foreground and value.outputs:
        what = f"a task that owns the terminal cannot make '{shown(value.outputs[0])}'"
        raise BuildError(what, value.where, "Make it in a rule of its own.")
    both = set(value.outputs).intersection(value.inputs)
    if both:
        raise BuildError(
            f"'{shown(min(both))}' is an input and an output of the same rule",
            value.where,
            "Write another file.",
        )
