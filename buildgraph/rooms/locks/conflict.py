"""Conflict: requirements that no set of releases meets, told by the lines that people wrote."""

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildgraph.errors import BuildError

from .sources import Source


def explain(causes: list[tuple[str, str]], sources: tuple[Source, ...], folder: str) -> BuildError:
    """Say which lines of the `.in` files cannot be met together; a cause is a requirement and who asks for it."""
    told = list(dict.fromkeys(_asked(requirement, parent, sources) for requirement, parent in causes))
    if len(told) == 1:
        return BuildError(
            f"no release can be had for {told[0]}",
            folder,
            "Check the name, the version and the registry.",
        )
    return BuildError(
        f"these requirements contradict each other: {'; '.join(told)}",
        folder,
        "Loosen one of them; or move a group into another folder, and give dodo.py a second Locks for that.",
    )


def _asked(requirement: str, parent: str, sources: tuple[Source, ...]) -> str:
    """Name a requirement by its line, or by the line that brings the release which asks for it."""
    name = canonicalize_name(
        parent.partition(" ")[0].partition("[")[0] if parent else Requirement(requirement).name
    )
    places = [
        where
        for source in sources
        for where, line in source.lines
        if canonicalize_name(Requirement(line).name) == name
        and (parent or Requirement(line).specifier == Requirement(requirement).specifier)
    ]
    place = f" ({' and '.join(places)})" if places else ""
    return f"'{requirement}', asked by {parent}{place}" if parent else f"'{requirement}'{place}"
