"""Closure: the packages that requirements bring in, and in which environments, without a resolver.

A node is a package with one extra, or with none. From each node the Requires-Dist lines whose marker holds are followed;
for an extra, only those that do not already hold without it. Sets of environments only grow, so the work ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .environments import Environments


@dataclass(frozen=True)
class Pin:
    """A package at one version, with the Requires-Dist lines of that version."""

    name: str
    version: str
    requires: tuple[str, ...]


@dataclass(frozen=True)
class Closure:
    """What was reached: environments by package name, and the requirements that no pin meets."""

    needed: Mapping[str, int]
    unmet: Mapping[str, str]  # name -> requirement text without marker
    extras: frozenset[tuple[str, str]]


@cache
def parse(text: str) -> Requirement:
    """Parse a PEP 508 requirement once per run."""
    return Requirement(text)


def all_lines(roots: Iterable[str], pins: Mapping[str, Pin]) -> Iterator[str]:
    """Return every requirement that a closure of these roots may follow."""
    yield from roots
    for pin in pins.values():
        yield from pin.requires


def closure(roots: Iterable[str], pins: Mapping[str, Pin], environments: Environments) -> Closure:
    """Return everything that the root requirements need in any declared environment."""
    reached: dict[tuple[str, str], int] = {}
    unmet: dict[str, str] = {}
    todo = [(parse(root), environments.everywhere, "") for root in roots]
    while todo:
        requirement, where, extra = todo.pop()
        if requirement.marker:
            where &= environments.where(str(requirement.marker), extra)
            if extra:
                where &= ~environments.where(str(requirement.marker), "")
        elif extra:
            where = 0
        if not where:
            continue
        name = canonicalize_name(requirement.name)
        pin = pins.get(name)
        if pin is None:
            unmet[name] = _without_marker(requirement)
            continue
        for wanted in ("", *sorted(requirement.extras)):
            node = (name, canonicalize_name(wanted) if wanted else "")
            new = where & ~reached.get(node, 0)
            if new:
                reached[node] = reached.get(node, 0) | new
                todo.extend((parse(line), new, wanted) for line in pin.requires)
    needed: dict[str, int] = {}
    for (name, _), where in reached.items():
        needed[name] = needed.get(name, 0) | where
    return Closure(needed, unmet, frozenset(node for node in reached if node[1]))


def _without_marker(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    address = f" @ {requirement.url}" if requirement.url else ""
    return f"{canonicalize_name(requirement.name)}{extras}{requirement.specifier}{address}"
