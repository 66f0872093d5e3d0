"""Closure: the packages that requirements bring in, and in which environments, without a resolver.

Every requirement that is followed is kept with its environments: a pin has to meet all of them, and a resolver has seen
those of one environment only.

A node is a package with one extra, or with none. From each node the Requires-Dist lines whose marker holds are followed;
for an extra, only those that do not already hold without it. Sets of environments only grow, so the work ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildgraph.address import normal

from .environments import Environments


@dataclass(frozen=True)
class Pin:
    """A package at one version, with the Requires-Dist lines of that version."""

    name: str
    version: str
    requires: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A requirement, as it is written, with the release that asks ("" for an input) and the environments where it does."""

    text: str
    parent: str
    where: int

    @property
    def name(self) -> str:
        """Return the package that is asked for."""
        return canonicalize_name(parse(self.text).name)

    @property
    def bare(self) -> str:
        """Return the requirement without its marker."""
        requirement = parse(self.text)
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        address = f" @ {requirement.url}" if requirement.url else ""
        return f"{self.name}{extras}{requirement.specifier}{address}"

    def is_met(self, pins: Mapping[str, Pin], addresses: Mapping[str, str]) -> bool:
        """Tell whether the pin of the name fits; `addresses` has those of the wheels that are pinned by one."""
        requirement = parse(self.text)
        pin = pins.get(self.name)
        if pin is None:
            return False
        if requirement.url:
            return normal(addresses.get(self.name, "")) == normal(requirement.url)
        return requirement.specifier.contains(pin.version, prereleases=True)


@dataclass(frozen=True)
class Closure:
    """What was reached: environments by package name, the extras, and every requirement that was followed."""

    needed: Mapping[str, int]
    extras: frozenset[tuple[str, str]]
    asked: tuple[Asked, ...]

    def unmet(self, pins: Mapping[str, Pin], addresses: Mapping[str, str]) -> tuple[Asked, ...]:
        """Return the requirements that no pin meets, or only one that does not fit."""
        return tuple(asked for asked in self.asked if not asked.is_met(pins, addresses))


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
    asked: dict[tuple[str, str], int] = {}
    todo = [(root, "", environments.everywhere, "") for root in roots]
    while todo:
        text, parent, where, extra = todo.pop()
        requirement = parse(text)
        if requirement.marker:
            where &= environments.where(str(requirement.marker), extra)
            if extra:
                where &= ~environments.where(str(requirement.marker), "")
        elif extra:
            where = 0
        if not where:
            continue
        asked[text, parent] = asked.get((text, parent), 0) | where
        name = canonicalize_name(requirement.name)
        pin = pins.get(name)
        if pin is None:
            continue
        for wanted in ("", *sorted(requirement.extras)):
            node = (name, canonicalize_name(wanted) if wanted else "")
            new = where & ~reached.get(node, 0)
            if new:
                reached[node] = reached.get(node, 0) | new
                release = f"{name} {pin.version}"
                todo.extend((line, release, new, wanted) for line in pin.requires)
    needed: dict[str, int] = {}
    for (package, _), where in reached.items():
        needed[package] = needed.get(package, 0) | where
    extras = frozenset(node for node in reached if node[1])
    return Closure(needed, extras, tuple(Asked(*key, where) for key, where in asked.items()))
