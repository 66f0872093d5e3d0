"""Bounds: whether the metadata of a wheel admits what the locks have, since that is what it was tested with."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildgraph import pinned
from buildgraph.errors import BuildError

from . import Locked, Member

LOWER = ("==", ">=", "~=", "===", ">")
PATCHES = ("0", "99")  # some release of a Python has to do: '>=3.11.4' is for 3.11


def metadata_of(wheel: Path) -> Metadata:
    """Return the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Metadata.from_email(archive.read(name), validate=False)


def refuse_other(member: Member, locked: Locked, metadata: Metadata) -> None:
    """Raise BuildError if a wheel requires something other than what is locked, or leaves out one of the locks' Pythons."""
    pins = _pins(locked)
    for requirement in metadata.requires_dist or []:
        versions = pins.get(canonicalize_name(requirement.name))
        said = f"'{member.name}' requires '{_plain(requirement)}'"
        if versions is None and requirement.marker is None:
            raise BuildError(
                f"{said}, which '{locked.file}' does not pin", member.project, "Run 'doit locks'."
            )
        for version in versions or ():
            if not requirement.specifier.contains(version, prereleases=True):
                hint = "Widen what it requires, or run 'doit locks' for another version."
                raise BuildError(f"{said}, and its tests ran with {version}", member.project, hint)
    pythons = metadata.requires_python or SpecifierSet()
    for python in locked.pythons:
        if not any(pythons.contains(f"{python}.{patch}") for patch in PATCHES):
            what = f"'{member.name}' is for Python '{pythons}', and the locks are for {python}, too"
            raise BuildError(what, member.project, "Widen 'requires-python', or take it out of the locks.")


def without_lower(metadata: Metadata) -> Iterator[str]:
    """Yield the requirements that say of no version that it is too old."""
    for requirement in metadata.requires_dist or []:
        if not requirement.url and not any(each.operator in LOWER for each in requirement.specifier):
            yield requirement.name


def _pins(locked: Locked) -> Mapping[str, list[str]]:
    """Return name → versions of what is pinned, and of the members."""
    found: dict[str, list[str]] = {}
    for pin in pinned.read(Path(locked.file).read_text("utf-8")):
        if pin.version:
            found.setdefault(pin.name, []).append(pin.version)
        else:
            found.setdefault(pin.name, [])
    for name, project in locked.members.items():
        version = tomllib.loads(Path(project).read_text("utf-8")).get("project", {}).get("version")
        found[name] = [version] if isinstance(version, str) else []
    return found


def _plain(requirement: Requirement) -> str:
    """Return a requirement as a person writes it, without its marker."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
