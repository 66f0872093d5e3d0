"""Conflict: requirements that no set of releases meets, told by the lines that people wrote.

A requirement is told with its marker: two that exclude each other are never seen together by one Python.
"""

from collections.abc import Iterable, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildgraph.errors import BuildError

from . import Locks
from .closure import Asked
from .sources import Source


def explain(
    causes: Sequence[Sequence[str]], others: Iterable[Asked], sources: tuple[Source, ...], locks: Locks
) -> BuildError:
    """Say which lines of the `.in` files cannot be met together.

    A cause is a requirement, who asks for it, and which Python its releases ask for; `others` were asked on behalf of
    environments that the resolver does not see.
    """
    asked = list(others)
    told = list(
        dict.fromkeys(_asked(requirement, parent, asked, sources) for requirement, parent, _ in causes)
    )
    if len(told) > 1:
        return BuildError(
            f"these requirements contradict each other: {'; '.join(told)}",
            locks.folder,
            "Loosen one of them; or move a group into another folder, and give dodo.py a second Locks for that.",
        )
    if python := causes[0][2]:
        return BuildError(
            f"{told[0]} needs Python {python}, but the lock is for {locks.pythons[0]}",
            locks.folder,
            'Ask for an older release, add a marker (; python_version >= "…"), or raise the first of `pythons` in dodo.py.',
        )
    return BuildError(
        f"no release is available for {told[0]}",
        locks.folder,
        "Check the name, the version and the registry.",
    )


def places(name: str, sources: tuple[Source, ...]) -> str:
    """Return where the inputs name a package, in brackets, "" if none does."""
    return _bracketed(
        where for source in sources for where, line in source.lines if _name(line) == canonicalize_name(name)
    )


def _asked(requirement: str, parent: str, others: list[Asked], sources: tuple[Source, ...]) -> str:
    """Name a requirement by its line, or by the line that brings the release which asks for it."""
    if parent:
        return (
            f"'{requirement}', asked by {parent}{places(parent.partition(' ')[0].partition('[')[0], sources)}"
        )
    lines = [
        (line, where) for source in sources for where, line in source.lines if _is_same(line, requirement)
    ]
    if lines:
        return f"'{lines[0][0]}'{_bracketed(where for _, where in lines)}"
    for other in others:
        if other.parent and _is_same(other.text, requirement):
            return _asked(other.text, other.parent, [], sources)
    return f"'{requirement}'"


def _is_same(line: str, requirement: str) -> bool:
    one, other = Requirement(line), Requirement(requirement)
    return _name(line) == _name(requirement) and (one.specifier, one.url) == (other.specifier, other.url)


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)


def _bracketed(where: Iterable[str]) -> str:
    found = " and ".join(dict.fromkeys(where))
    return f" ({found})" if found else ""
