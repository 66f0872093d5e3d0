"""Implications: which upgrades force which others, from what the old and the new releases require. Pure.

Both ends, all old and all new, are whole resolutions, so a requirement can fail only between a new release and an old one.
If A's new release does not take B's old one, A forces B; if A's old release does not take B's new one, B forces A. Every
requirement thus becomes "taking one forces the other", and every set that is closed under these is consistent: no
resolver has to be asked about it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .closure import Pin, closure, parse
from .environments import Environments

T = TypeVar("T")
Forces = Mapping[str, frozenset[str]]
"""name -> the other names that taking it forces, directly or through others."""


@dataclass(frozen=True)
class Resolved:
    """The pins of one whole resolution, and the extras that are asked of each of them."""

    pins: Mapping[str, Pin]
    extras: frozenset[tuple[str, str]]

    def takes(self, requirement: Requirement) -> bool:
        """Tell whether a requirement is met here."""
        name = canonicalize_name(requirement.name)
        pin = self.pins.get(name)
        if (
            pin is None
            or not {(name, canonicalize_name(extra)) for extra in requirement.extras} <= self.extras
        ):
            return False
        return bool(requirement.url) or requirement.specifier.contains(pin.version, prereleases=True)


def resolved(roots: Iterable[str], pins: Mapping[str, Pin], environments: Environments) -> Resolved:
    """Return a resolution with the extras that its requirements reach."""
    return Resolved(pins, closure(roots, pins, environments).extras)


def forces(old: Resolved, new: Resolved, environments: Environments) -> Forces:
    """Return what each upgrade forces; packages that are only added or only dropped pass on what they force."""
    direct: dict[str, set[str]] = {name: set() for name in {*old.pins, *new.pins}}
    for ours, theirs, is_new in ((new, old, True), (old, new, False)):
        for pin in ours.pins.values():
            for requirement in _active(pin, ours, environments):
                other = canonicalize_name(requirement.name)
                if other != pin.name and ours.takes(requirement) and not theirs.takes(requirement):
                    taker, forced = (pin.name, other) if is_new else (other, pin.name)
                    direct.setdefault(taker, set()).add(forced)
    names = upgraded(old.pins, new.pins)
    return {name: _reached(name, direct) & names for name in names}


def upgraded(old: Mapping[str, Pin], new: Mapping[str, Pin]) -> frozenset[str]:
    """Return the packages of both resolutions that differ in version, or in what they require."""
    return frozenset(name for name in old.keys() & new.keys() if old[name] != new[name])


def mixed(old: Mapping[str, T], new: Mapping[str, T], taken: Iterable[str]) -> dict[str, T]:
    """Return the new values of what is taken and the old ones of the rest; what only one of them has is kept."""
    names = frozenset(taken)
    return {
        name: new[name] if name in names or name not in old else old[name] for name in sorted({*old, *new})
    }


def _active(pin: Pin, where: Resolved, environments: Environments) -> Iterable[Requirement]:
    """Yield the requirements of a release that count for the extras asked of it."""
    asked = ("", *(extra for name, extra in where.extras if name == pin.name))
    for line in pin.requires:
        requirement = parse(line)
        marker = str(requirement.marker) if requirement.marker else ""
        if not marker or any(environments.where(marker, extra) for extra in asked):
            yield requirement


def _reached(start: str, edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return everything that is reached from a name, without itself."""
    found, todo = set(), [start]
    while todo:
        for other in edges.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return frozenset(found - {start})
