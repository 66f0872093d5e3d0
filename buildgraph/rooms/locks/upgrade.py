"""Upgrade: newer versions, all or by name, and a report of what changed. Pure but for the resolver that it is given.

A cool-down keeps releases out that were uploaded in the last days: a bad one is usually found, or withdrawn, by then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildgraph.errors import BuildError

from .closure import Pin, parse

DEFAULT_DAYS = 7


@dataclass(frozen=True)
class Step:
    """One package's way from an old version to a new one; either may be empty."""

    name: str
    old: str
    new: str
    groups: tuple[str, ...]
    asked_by: tuple[str, ...]  # upgraded packages that require it, if it was not asked for itself
    uploaded: str = ""
    changes: str = ""

    @property
    def level(self) -> str:
        """Return "major", "minor" or "patch", or "added", "dropped", "back"."""
        if not self.old or not self.new:
            return "added" if self.new else "dropped"
        try:
            old, new = Version(self.old), Version(self.new)
        except InvalidVersion:
            return "other"
        if new < old:
            return "back"
        if new.release[:1] != old.release[:1]:
            return "major"
        return "minor" if new.release[:2] != old.release[:2] else "patch"


def choices(names: Iterable[str], days: int, now: datetime) -> list[str]:
    """Return pip-compile's arguments for an upgrade of these packages (none: all), with a cool-down of some days."""
    picked = [f"--upgrade-package={name}" for name in names] or ["--upgrade"]
    until = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [*picked, f"--uploaded-prior-to={until}"] if days else picked


def refuse_unknown(names: Iterable[str], pins: Mapping[str, Pin]) -> None:
    """Raise for a name that is not pinned."""
    for name in names:
        if canonicalize_name(name) not in pins:
            raise BuildError(f"'{name}' is not pinned", "requirements", "Add it to a '.in' file first.")


def stayed(names: Iterable[str], old: Mapping[str, Pin], new: Mapping[str, Pin]) -> bool:
    """Tell whether one of the named packages did not move."""
    return any(old[name].version == _version(new, name) for name in map(canonicalize_name, names))


def required(names: Iterable[str], pins: Mapping[str, Pin]) -> list[str]:
    """Return the pinned packages that the named ones require."""
    found = {
        canonicalize_name(parse(line).name)
        for name in names
        for line in pins[canonicalize_name(name)].requires
    }
    return sorted(found & pins.keys())


def steps(
    old: Mapping[str, Pin],
    new: Mapping[str, Pin],
    groups: Mapping[str, Iterable[str]],
    names: Iterable[str],
    about: Mapping[str, Mapping[str, str]],
) -> list[Step]:
    """Return what changed, by name; `groups` is the packages of each group."""
    asked = {canonicalize_name(name) for name in names}
    moved = {name for name in {*old, *new} if _version(old, name) != _version(new, name)}
    return [
        Step(
            name,
            _version(old, name),
            _version(new, name),
            tuple(group for group, members in groups.items() if name in members),
            () if not asked or name in asked else _askers(name, moved, new),
            **about.get(name, {}),
        )
        for name in sorted(moved)
    ]


def report(steps: Iterable[Step]) -> str:
    """Return a line per package: old → new, level, day, groups, who forced it, where its changes are told."""
    lines = []
    for step in steps:
        words = [f"{step.name}  {step.old or '-'} → {step.new or '-'}  {step.level}"]
        words += [step.uploaded] if step.uploaded else []
        words += [f"in {', '.join(step.groups)}"] if step.groups else []
        words += [f"with {', '.join(step.asked_by)}"] if step.asked_by else []
        words += [step.changes] if step.changes else []
        lines.append("  ".join(words))
    return "\n".join(lines) or "nothing newer that the inputs allow"


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def _version(pins: Mapping[str, Pin], name: str) -> str:
    return pins[name].version if name in pins else ""


def _askers(name: str, moved: Iterable[str], pins: Mapping[str, Pin]) -> tuple[str, ...]:
    return tuple(
        sorted(
            other
            for other in moved
            if other in pins
            and any(canonicalize_name(parse(line).name) == name for line in pins[other].requires)
        )
    )
