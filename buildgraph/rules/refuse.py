"""Refuse: the rules that cannot be meant."""

from __future__ import annotations

from buildgraph.errors import BuildError
from buildgraph.exclusions import as_pattern, divided
from buildgraph.layout import DODO, REMEMBERED, STATE, is_exact, is_tree, shown
from buildgraph.rules.secrets import is_secret
from buildgraph.rules.values import Rule


def _refuse_state(path: str, where: str) -> None:
    """Raise if an output is, holds or lies in what the build remembers."""
    plain = shown(path).rstrip("/")
    inside = plain.removeprefix(f"{STATE}/")
    if plain == STATE or (inside != plain and inside.partition("/")[0] in REMEMBERED):
        what = f"the output '{shown(path)}' is in the build's own state"
        raise BuildError(what, where, "Write it to another folder.")


def _is_below(path: str, output: str) -> bool:
    return is_tree(output) and path.startswith(output)


def _refuse_worker(value: Rule) -> None:
    """Raise if the first words of the command cannot be a program that serves other tasks, too."""
    if value.foreground:
        raise BuildError(
            "a task that owns the terminal cannot be a request to a worker",
            value.where,
            "Leave out foreground=True or worker=.",
        )
    program = value.command[: value.worker]
    if len(program) < value.worker:
        raise BuildError(
            f"worker={value.worker} is more words than the command has, which are {len(value.command)}",
            value.where,
            "Say how many of them are the program.",
        )
    for word in program:
        said = word.rpartition("=")[2] if word.startswith("-") else word
        hint = "The words of the program are the same for all its tasks; what differs comes after them."
        if said in value.outputs or f"{said.rstrip('/')}/" in value.outputs:
            raise BuildError(f"the program of a worker has the output '{said}'", value.where, hint)
        if any(f"{{{option}}}" in word for option in value.options):
            raise BuildError(f"the program of a worker has the option '{word}'", value.where, hint)


def validate(value: Rule) -> None:
    """Raise if a rule contradicts itself or would write where it must not."""
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
    for path in value.fills:
        if not is_tree(path):
            what = f"fills names '{shown(path)}', which is not a folder"
            raise BuildError(what, value.where, f"Write '{shown(path)}/'.")
    if value.opens and not any(value.opens == path or _is_below(value.opens, path) for path in value.outputs):
        what = f"opens names '{shown(value.opens)}', which is not an output"
        raise BuildError(what, value.where, "Name an output, or a file below one that is a folder.")
    if value.worker:
        _refuse_worker(value)
    if value.foreground and value.outputs:
        what = f"a task that owns the terminal cannot make '{shown(value.outputs[0])}'"
        raise BuildError(what, value.where, "Make it in a rule of its own.")
    if value.cached:
        _refuse_cached(value)
    both = {divided(path)[0] for path in value.inputs}.intersection(map(_as_kept, value.outputs))
    both |= set(value.inputs).intersection(value.outputs)
    if both:
        path = shown(min(both))
        hint = (
            f"Write to a folder of its own, such as '{path}made/'."
            if is_tree(path)
            else "Write another file."
        )
        raise BuildError(f"'{path}' is an input and an output of the same rule", value.where, hint)


def _as_kept(output: str) -> str:
    """Return an output as it is within an input that has exclusions."""
    return output if is_exact(output) else as_pattern(output)


UNCACHED = {
    "always": "depends on outside state, so its result is never kept",
    "foreground": "owns the terminal, so its result is never kept",
    "network": "reaches the network, so its result is never kept",
    "fills": "fills folders beyond its outputs, of which nothing is kept",
}
"""What a rule says with which a result stands for no other checkout."""


def _refuse_cached(value: Rule) -> None:
    """Raise if the results of a rule cannot be shared."""
    hint = "Leave out cached=True."
    for keyword, why in UNCACHED.items():
        if getattr(value, keyword):
            raise BuildError(f"a rule with '{keyword}' {why}", value.where, hint)
    for name in value.inherit:
        if is_secret(name):
            what = f"the variable '{name}' is a secret by its name, so a result that may contain it is never kept"
            raise BuildError(what, value.where, hint)
