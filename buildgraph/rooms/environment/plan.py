"""Plan: the difference between what is installed and what the locks want. No input, no output."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from buildgraph import pinned
from buildgraph.address import normal


@dataclass(frozen=True)
class Wanted:
    """A package that the locks want here: the requirement with its digests, as the installer reads it.

    A wheel that is locked by its address has that, in its normal form, in place of a version.
    """

    name: str
    version: str
    line: str


@dataclass(frozen=True)
class Plan:
    """Names to remove, and requirements to install."""

    remove: tuple[str, ...]
    install: tuple[Wanted, ...]

    def __bool__(self) -> bool:
        return bool(self.remove or self.install)


NONE: Mapping[tuple[str, str], Wanted] = {}


def built(told: Mapping[str, Mapping[str, str]], folder: Path) -> dict[tuple[str, str], Wanted]:
    """Return the wheels of a list, by name and version of their package: their paths stand for their versions."""
    found = {}
    for name, wheel in told.items():
        url = (folder / wheel["file"]).absolute().as_uri()
        line = f"{name} @ {url} --hash=sha256:{wheel['sha256']}"
        found[name, wheel["version"]] = Wanted(name, normal(url), line)
    return found


def wanted(
    texts: Iterable[str],
    environment: Mapping[str, str],
    wheels: Mapping[tuple[str, str], Wanted] = NONE,
) -> dict[str, Wanted]:
    """Return what hashed requirements files want in an environment (PEP 508 marker values), by normalized name.

    `wheels` are those that were built from locked archives, by name and version.
    """
    found: dict[str, Wanted] = {}
    for each in (pin for text in texts for pin in pinned.read(text, environment)):
        version = normal(each.address) if each.address else each.version
        found[each.name] = wheels.get((each.name, version)) or Wanted(each.name, version, each.line)
    return found


def plan(installed: Mapping[str, str], wanted: Mapping[str, Wanted], damaged: Iterable[str] = ()) -> Plan:
    """Return the least change that makes an environment (name -> version) hold exactly what is wanted."""
    broken = set(damaged)
    wrong = {
        name
        for name, version in installed.items()
        if name in broken or name not in wanted or version != wanted[name].version
    }
    missing = [package for name, package in sorted(wanted.items()) if name not in installed or name in wrong]
    return Plan(tuple(sorted(wrong)), tuple(missing))
