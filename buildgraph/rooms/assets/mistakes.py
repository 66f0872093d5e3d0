"""Mistakes: those in what dodo.py asks for, told before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from buildgraph.errors import BuildError
from buildgraph.wildcards import WILDCARDS

from .step import Step

if TYPE_CHECKING:
    from . import Assets


def check_entries(assets: Assets) -> None:
    """Raise BuildError for a setting of an entry that there is not."""
    for keyword, said, entries in (
        ("mirrored", assets.mirrored, "styles"),
        ("linked", assets.linked, "scripts"),
    ):
        known: tuple[str, ...] = getattr(assets, entries)
        for source in said:
            if source not in known:
                what = f"'{source}' of '{keyword}' is not one of the {entries}"
                raise BuildError(what, "", f"Name it in '{entries}', too, or correct it.")


def check_outputs(compiled: str, steps: Iterable[Step]) -> None:
    """Raise BuildError for two steps that would make one file, and for names that a task cannot have."""
    makers: dict[str, str] = {}
    for step in steps:
        source = next((path for path in step.inputs if not path.startswith(f"{compiled}/")), step.name)
        check_name(source)
        for output in step.outputs:
            if other := makers.get(output):
                name = output.removeprefix(f"{compiled}/")
                raise BuildError(
                    f"'{other}' and '{source}' would both become '{name}'", "", "Rename one of them."
                )
            makers[output] = source


def check_name(source: str) -> None:
    """Raise BuildError for the name of a file that would stand for others, or that cannot be printed."""
    for mark in source:
        if mark in WILDCARDS or not mark.isprintable():
            shown, its = (text.encode("unicode_escape").decode() for text in (source, mark))
            raise BuildError(
                f"'{shown}' cannot be built: its name has '{its}' in it",
                "",
                "Rename it: such names stand for others.",
            )
