"""Refuse: the rules that cannot be meant."""

from __future__ import annotations

from buildgraph.errors import BuildError
from buildgraph.exclusions import as_pattern, divided
from buildgraph.layout import DODO, REMEMBERED, STATE, is_exact, is_tree, shown
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
    if value.foreground and value.outputs:
        what = f"a task that owns the terminal cannot make '{shown(value.outputs[0])}'"
        raise BuildError(what, value.where, "Make it in a rule of its own.")
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
