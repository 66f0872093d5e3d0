"""Plan: the difference between what is installed and what the locks want. No input, no output."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    for text in texts:
        for line in text.replace("\\\n", " ").splitlines():
            requirement, *options = line.split(" --hash=")
            if not requirement.strip() or requirement.startswith("#"):
                continue
            parsed = Requirement(requirement.strip())
            if parsed.marker and not parsed.marker.evaluate(dict(environment)):
                continue
            name = canonicalize_name(parsed.name)
            pinned = f"{parsed.name} @ {parsed.url}" if parsed.url else f"{parsed.name}{parsed.specifier}"
            version = normal(parsed.url) if parsed.url else str(parsed.specifier).removeprefix("==")
            told = " ".join([pinned, *(f"--hash={option.strip()}" for option in options)])
            found[name] = wheels.get((name, version)) or Wanted(name, version, told)
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
