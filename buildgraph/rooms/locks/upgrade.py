"""Upgrade: what is asked of the resolver for newer versions, all or by name, and a report of what changed. Pure.

A cool-down keeps releases out that were uploaded in the last days: a bad one is usually found, or withdrawn, by then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildgraph.errors import BuildError

from .closure import Pin


@dataclass(frozen=True)
class Step:
    """One package's way from an old version to a new one; either may be empty."""

    name: str
    old: str
    new: str
    groups: tuple[str, ...]
    forced_by: tuple[str, ...]  # upgrades that could not be had without this one
    uploaded: str = ""
    changes: str = ""
    advisories: str = ""  # of the new version: "none", "unknown", or their identifiers

    @property
    def level(self) -> str:
        """Return "major", "minor" or "patch", or "added", "dropped", "back"."""
        if not self.old or not self.new:
            return "added" if self.new else "dropped"
        return level(self.old, self.new)


def level(old: str, new: str) -> str:
    """Return how far two versions are apart: "major", "minor", "patch", "back", or "other" if they cannot be compared."""
    try:
        before, after = Version(old), Version(new)
    except InvalidVersion:
        return "other"
    if after < before:
        return "back"
    if after.release[:1] != before.release[:1]:
        return "major"
    return "minor" if after.release[:2] != before.release[:2] else "patch"


def choices(wishes: Iterable[str], days: int, now: datetime) -> list[str]:
    """Return pip-compile's arguments for an upgrade to these requirements (none: of all), with a cool-down in days."""
    picked = [f"--upgrade-package={wish}" for wish in wishes] or ["--upgrade"]
    until = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [*picked, f"--uploaded-prior-to={until}"] if days else picked


def refuse_unknown(names: Iterable[str], pins: Mapping[str, Pin], folder: str) -> None:
    """Raise for a name that is not pinned."""
    for name in names:
        if canonicalize_name(name) not in pins:
            raise BuildError(f"'{name}' is not pinned", folder, "Add it to a '.in' file first.")


def stayed(names: Iterable[str], old: Mapping[str, Pin], new: Mapping[str, Pin]) -> list[str]:
    """Return the named packages that did not move."""
    return [name for name in map(canonicalize_name, names) if old[name].version == _version(new, name)]


def steps(
    old: Mapping[str, Pin],
    new: Mapping[str, Pin],
    groups: Mapping[str, Iterable[str]],
    forces: Mapping[str, Iterable[str]],
    about: Mapping[str, Mapping[str, str]],
    advisories: Mapping[str, str],
) -> list[Step]:
    """Return what changed, by name; `groups` is the packages of each group, `forces` what each upgrade forces."""
    moved = {name for name in {*old, *new} if _version(old, name) != _version(new, name)}
    return [
        Step(
            name,
            _version(old, name),
            _version(new, name),
            tuple(group for group, members in groups.items() if name in members),
            tuple(sorted(other for other in moved if name in forces.get(other, ()))),
            about.get(name, {}).get("uploaded", ""),
            about.get(name, {}).get("changes", ""),
            advisories.get(name, "") if name in new else "",
        )
        for name in sorted(moved)
    ]


def report(steps: Iterable[Step]) -> str:
    """Return a line per package: old → new, level, day, groups, who forced it, advisories, where its changes are told."""
    lines = []
    for step in steps:
        words = [f"{step.name}  {step.old or '-'} → {step.new or '-'}  {step.level}"]
        words += [step.uploaded] if step.uploaded else []
        words += [f"in {', '.join(step.groups)}"] if step.groups else []
        words += [f"with {', '.join(step.forced_by)}"] if step.forced_by else []
        words += [f"advisories: {step.advisories}"] if step.advisories else []
        words += [step.changes] if step.changes else []
        lines.append("  ".join(words))
    return "\n".join(lines) or "nothing newer that the inputs allow"


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def _version(pins: Mapping[str, Pin], name: str) -> str:
    return pins[name].version if name in pins else ""
