"""Status: what the lock files on disk say against what the inputs say. Reads files, opens no socket, decides nothing else."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

from . import Locks
from .closure import Asked, Pin, all_lines, closure
from .environments import declared
from .library import Library, read_libraries
from .render import (
    Entry,
    is_foreign,
    parse_entries,
    parse_graph,
    parse_header,
    render_group,
    was_edited,
)
from .sources import Source, member_source, read_source

CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)", re.MULTILINE)


@dataclass(frozen=True)
class Status:
    """The state of the locks; each tuple holds one sentence per finding, and all empty means current."""

    sources: tuple[Source, ...]
    entries: Mapping[str, Entry]
    pins: Mapping[str, Pin]
    moved: tuple[str, ...] = ()  # a resolver has to run
    edited: tuple[str, ...] = ()  # files with somebody's words, which would be lost
    outdated: tuple[str, ...] = ()  # files to derive again
    derived: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)


def read_status(locks: Locks) -> Status:
    """Compare the lock files with their inputs and with each other."""
    sources = read_sources(locks)
    text = _read(locks.constraints)
    if CONFLICT.search(text):
        raise BuildError(
            f"'{locks.constraints}' contains merge conflict markers",
            locks.folder,
            f"Take one side of it ('git checkout --ours {locks.folder}'), then run 'doit locks'.",
        )
    entries = parse_entries(text)
    pins = _read_pins(locks)
    header = parse_header(text)
    moved = _moved(locks, sources, header, entries, pins)
    edited = tuple(path for path in locks.hashed() if (old := _read(path)) and was_edited(old))
    if text and is_foreign(text):
        edited = (locks.constraints, *edited)
    if moved:
        return Status(sources, entries, pins, moved, edited, header=header)
    derived, unmet = derive(locks, sources, entries, pins)
    moved = tuple(dict.fromkeys(_unmet(asked, pins) for asked in unmet))
    outdated = tuple(
        f"'{path}' is not what the resolution says" for path, text in derived.items() if _read(path) != text
    )
    return Status(sources, entries, pins, moved, edited, outdated, derived, header)


def read_sources(locks: Locks) -> tuple[Source, ...]:
    """Return what each group asks for, and each member."""
    libraries = read_libraries(locks.folders)
    groups = (read_source(locks.folder, group, libraries, locks.groups) for group in locks.groups)
    by_path = {library.path: library for library in libraries.values()}
    paths = (posixpath.normpath(f"{folder}/pyproject.toml") for folder in locks.members.values())
    members = zip(locks.every_group[len(locks.groups) :], paths, strict=True)
    return (*groups, *(member_source(group, by_path[path], libraries) for group, path in members))


def derive(
    locks: Locks, sources: tuple[Source, ...], entries: Mapping[str, Entry], pins: Mapping[str, Pin]
) -> tuple[dict[str, str], tuple[Asked, ...]]:
    """Return the text of each group's file by path, and the requirements that no pin meets in some environment."""
    roots = [line for source in sources for line in source.requirements]
    environments = declared(locks, all_lines(roots, pins))
    files: dict[str, str] = {}
    unmet: tuple[Asked, ...] = ()
    addresses = {name: entry.address for name, entry in entries.items()}
    for source in sources:
        found = closure(source.requirements, pins, environments)
        unmet += found.unmet(pins, addresses)
        markers = {name: environments.marker(where) for name, where in found.needed.items()}
        chosen = [entries[name] for name in found.needed if name in entries]
        files[locks.file(source.group)] = render_group(source.path, chosen, markers)
    return files, unmet


def options(locks: Locks) -> dict[str, str]:
    """Return what shapes a resolution besides its inputs, as header lines."""
    narrowed = {"platforms": ", ".join(locks.platforms)} if locks.platforms else {}
    return {"pythons": f"{' '.join(locks.pythons)}, from {locks.oldest}", **narrowed}


def inputs(sources: tuple[Source, ...]) -> dict[str, str]:
    """Return one header line per input file, so that branches that change different groups merge."""
    libraries = (library for source in sources for library in source.libraries)
    read: tuple[Source | Library, ...] = (*sources, *libraries)
    return {f"input {each.path}": each.digest for each in read}


def dated(sources: tuple[Source, ...], old: Mapping[str, str], now: str) -> dict[str, str]:
    """Return the input lines with the time (UTC, ISO 8601) up to which releases were looked at for each of them."""
    lines = {}
    for key, digest in inputs(sources).items():
        known, _, time = old.get(key, "").partition(" ")
        lines[key] = f"{digest} {time if known == digest and time else now}"
    return lines


def looked_at_until(header: Mapping[str, str]) -> str:
    """Return the latest time up to which any input's releases were looked at, "" if none is recorded."""
    return max(
        (value.partition(" ")[2] for key, value in header.items() if key.startswith("input ")), default=""
    )


def _moved(
    locks: Locks,
    sources: tuple[Source, ...],
    header: Mapping[str, str],
    entries: Mapping[str, Entry],
    pins: Mapping[str, Pin],
) -> tuple[str, ...]:
    if not entries:
        return (f"there is no '{locks.constraints}'",)
    findings = []
    for key, value in {**options(locks), **inputs(sources)}.items():
        locked = header.get(key, "nothing")
        if value not in (locked, locked.partition(" ")[0]):
            findings.append(_changed(key, locked, value))
    if header.get("platforms") and not locks.platforms:
        findings.append(_changed("platforms", header["platforms"], "all"))
    known = set(inputs(sources))
    findings += [
        f"'{key[6:]}' is locked and gone" for key in header if key[:6] == "input " and key not in known
    ]
    for name, entry in entries.items():
        if not entry.hashes:
            findings.append(f"'{entry.text}' in '{locks.constraints}' has no digest")
        if name not in pins or pins[name].version != entry.version:
            found = pins[name].version if name in pins else "nothing"
            findings.append(f"'{locks.constraints}' pins {entry.text}, '{locks.graph}' knows {found}")
    findings += [
        f"'{locks.graph}' knows '{name}', which is not pinned" for name in pins if name not in entries
    ]
    return tuple(findings)


def _changed(key: str, locked: str, value: str) -> str:
    """Say that an option or an input is not what was locked; of an input, when that was instead of two digests."""
    path = key.removeprefix("input ")
    if path == key:
        return f"'{key}' moved: locked {locked}, now {value}"
    if locked == "nothing":
        return f"'{path}' is new"
    time = locked.partition(" ")[2]
    return f"'{path}' has changed since it was locked" + (f" ({time})" if time else "")


def _unmet(asked: Asked, pins: Mapping[str, Pin]) -> str:
    pin, by = pins.get(asked.name), f", asked by {asked.parent}" if asked.parent else ""
    if pin is None:
        return f"no pin for '{asked.name}', which another platform needs"
    return f"'{asked.name}=={pin.version}' does not meet '{asked.text}'{by}"


def _read_pins(locks: Locks) -> dict[str, Pin]:
    try:
        return parse_graph(_read(locks.graph))
    except (ValueError, KeyError, BuildError):  # it is written anew
        return {}


def _read(path: str) -> str:
    try:
        return read_people_text(path)
    except FileNotFoundError:
        return ""
