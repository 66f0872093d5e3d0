"""Adopting: the pins and digests of files that another tool wrote, taken over as those that a resolution starts from.

The files are requirements files with pins, as pip-compile, uv pip compile and pip-compile-multi write them. What one takes in
(`-r base.txt`) is read with it. A pin that cannot stay ends the command, with its place, before anything is written.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

from . import Locks
from .locked import files_of, refuse_edited, write
from .render import Entry, is_foreign, render_constraints
from .resolve import Resolution, resolve
from .sources import meanings
from .status import Status

HASH = re.compile(r"\s--hash[= ](\S+)")
INCLUDED = re.compile(r"(?:-r|--requirement)[\s=]*(.+)")
PLACES = ("-", ".", "/")  # how lines begin that pin nothing: options and folders
EDITABLE = re.compile(r"(-e|--editable)[ =]\s*(?!file:)\S+://")
"""A repository that is installed as it is: nothing of it is a pin, but a package of that name would be another one."""


@dataclass(frozen=True)
class Adopted:
    """A pin, with the digests of every file that has it, and the first place where it is written."""

    entry: Entry
    where: str


def adopt(locks: Locks, status: Status, paths: Sequence[str], is_moving: bool) -> None:
    """Resolve from the pins of these files (none: of the groups' own) and write the locks; raise if a pin would move."""
    pins, read = read_pins(paths or _present(locks))
    if not pins:
        raise BuildError(
            "there are no pins to adopt",
            locks.folder,
            "Name files that have some: 'doit locks:adopt FILE …'.",
        )
    refuse_edited(
        locks, replace(status, edited=tuple(path for path in status.edited if _is_lost(path, read)))
    )
    found = resolve(locks, status.sources, render_constraints({}, (pin.entry for pin in pins.values())))
    moved = _moved(pins, found)
    if moved and not is_moving:
        raise BuildError(
            "; ".join(moved),
            locks.folder,
            "Have the '.in' files ask for what was pinned, or let these move: 'doit locks:adopt --moving'.",
        )
    write(files_of(locks, status, found, {}))
    for line in (*moved, *_report(pins, read, moved, found)):
        print(line)


def read_pins(paths: Sequence[str]) -> tuple[dict[str, Adopted], list[str]]:
    """Return the pins of requirements files by name, and the files that were read; raise for one package at two versions."""
    pins: dict[str, Adopted] = {}
    two: list[str] = []
    waiting, read = [os.path.normpath(path) for path in paths], []
    while waiting:
        path = waiting.pop(0)
        if path in read:
            continue
        read.append(path)
        for number, line in meanings(_text(path)):
            where = f"{path}, line {number}"
            if included := INCLUDED.fullmatch(line):
                waiting.append(os.path.normpath(os.path.join(os.path.dirname(path), included[1])))
            elif entry := _entry(line, where):
                known = pins.setdefault(entry.name, Adopted(entry, where))
                if known.entry.text != entry.text:
                    two.append(f"{known.entry.text} ({known.where}) is {entry.text} in {where}")
                hashes = dict.fromkeys((*known.entry.hashes, *entry.hashes))
                pins[entry.name] = Adopted(replace(known.entry, hashes=tuple(hashes)), known.where)
    if two:
        hint = "A resolution has one version of a package: keep one of the two lines, or make two resolutions, with a folder each."
        raise BuildError("; ".join(two), "", hint)
    return pins, read


def _present(locks: Locks) -> list[str]:
    """Return the groups' files that are there, and constraints that somebody else wrote."""
    constraints = Path(locks.constraints)
    is_theirs = constraints.is_file() and is_foreign(read_people_text(constraints))
    return [
        *([locks.constraints] if is_theirs else []),
        *(path for path in locks.hashed() if Path(path).is_file()),
    ]


def _is_lost(path: str, read: Sequence[str]) -> bool:
    """Tell whether what stands in a file would be lost: another tool did not write it, or it was not read."""
    return os.path.normpath(path) not in read or not is_foreign(read_people_text(path))


def _text(path: str) -> str:
    try:
        return read_people_text(path)
    except OSError as error:
        hint = "Name a file of pins, such as pip-compile writes."
        raise BuildError(f"'{path}' cannot be read: {error.strerror}", path, hint) from None


def _entry(line: str, where: str) -> Entry | None:
    """Return the pin of a line without its extras and its marker, None if the line pins nothing; raise if it is a bound."""
    if line.startswith(PLACES) and not EDITABLE.match(line):
        return None
    try:
        asked = Requirement(HASH.split(line)[0])
    except InvalidRequirement:
        asked = None
    name = canonicalize_name(asked.name) if asked else ""
    hashes = tuple(HASH.findall(line))
    if asked and asked.url and asked.url.partition("#")[0].endswith(".whl"):
        return Entry(name, f"{name} @ {asked.url}", hashes)
    clauses = list(asked.specifier) if asked and not asked.url else []
    if len(clauses) != 1 or clauses[0].operator not in ("==", "===") or clauses[0].version.endswith("*"):
        raise BuildError(
            f"'{HASH.split(line)[0]}' is not a pin",
            where,
            "Put what is not a pin into a '.in' file, and adopt the others.",
        )
    return Entry(name, f"{name}=={clauses[0].version}", hashes)


def _moved(pins: Mapping[str, Adopted], found: Resolution) -> list[str]:
    """Return a sentence for each pin that the resolution has at another version or address, or with a digest less."""
    said = []
    for name, pin in pins.items():
        new = found.entries.get(name)
        if name not in found.pins or new is None:
            continue
        if new.address != pin.entry.address or Version(new.version) != Version(pin.entry.version):
            said.append(f"{pin.entry.text} ({pin.where}) moves to {new.text}")
        elif lost := set(pin.entry.hashes) - set(new.hashes):
            said.append(f"{pin.entry.text} ({pin.where}) loses {len(lost)} of its digests")
    return said


def _report(
    pins: Mapping[str, Adopted], read: Sequence[str], moved: Sequence[str], found: Resolution
) -> list[str]:
    """Say how many pins moved, and which are new, are asked for by nothing, or had no digest."""
    dropped = sorted(pins.keys() - found.pins.keys())
    added = sorted(found.pins.keys() - pins.keys())
    bare = sorted(name for name, pin in pins.items() if not pin.entry.hashes and name in found.pins)
    return [
        f"{len(moved)} of {len(pins)} pins moved, of {', '.join(read)}",
        *([f"added, for what else the inputs need: {', '.join(added)}"] if added else []),
        *([f"dropped, asked for by no input: {', '.join(dropped)}"] if dropped else []),
        *([f"without a digest until now, which the index has told: {', '.join(bare)}"] if bare else []),
    ]
