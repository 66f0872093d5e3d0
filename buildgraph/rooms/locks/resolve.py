"""Resolve: one run of pip-compile over all groups, repeated until every declared platform is served."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildgraph import personal
from buildgraph.address import expand, normal
from buildgraph.errors import BuildError
from buildgraph.installers import reason, run

from . import Locks
from .capture import FAILED, IMPOSSIBLE
from .closure import Asked, Pin, all_lines, closure
from .conflict import explain
from .environments import Environments, declared
from .render import Entry, parse_entries, parse_graph
from .sources import Source
from .usable import refuse_unusable

# A pass adds what other platforms need; what that needs in turn is found by the next. The bound is far above what is seen.
PASSES = 5
# A line of pip's on a file with another digest: a release, or a name with its address.
REPLACED = re.compile(r"^\s*([\w.-]+==\S+|[\w.-]+(?=\S* @ \S+))\S*(?: @ \S+)? from ", re.MULTILINE)
HINT = (
    "No lock was changed: put it right, or name another release in a '.in' file, and run the command again."
)
OPTIONS = (
    "--quiet",
    "--allow-unsafe",
    "--generate-hashes",
    "--strip-extras",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--no-config",
    # Environments are made of wheels, and a source distribution has to be built to say what it requires.
    # Nobody answers a question for a login: pip would end with "Aborted!".
    "--pip-args=--prefer-binary --no-input",
)


@dataclass(frozen=True)
class Resolution:
    """One version for every package of every group."""

    entries: Mapping[str, Entry]
    pins: Mapping[str, Pin]
    about: Mapping[str, Mapping[str, str]]  # name -> what `capture` tells of its release; each may be empty


@dataclass(frozen=True)
class More:
    """A requirement of environments other than the resolver's, and the Python (its first release) that it is for."""

    asked: Asked
    python: str
    is_elsewhere: bool  # the environment that the resolver sees does not need the package at all


class Refused(Exception):
    """No set of releases meets the requirements; `causes` are [requirement, who asks, what its releases ask of Python]."""

    def __init__(self, causes: list[list[str]], error: BuildError) -> None:
        super().__init__(causes)
        self.causes = causes
        self.error = error


def resolve(
    locks: Locks, sources: tuple[Source, ...], old: str, choices: Sequence[str] = (), left_out: str = ""
) -> Resolution:
    """Pick versions, keeping those of the old constraints where the inputs and pip-compile's `choices` allow it.

    `left_out` is a constraints file's text, of releases that are not to be picked.
    """
    more: dict[str, More] = {}
    environment = personal.environment()
    with tempfile.TemporaryDirectory(prefix="locks-") as folder:
        work = Path(folder)
        output = work / "constraints.txt"
        output.write_text(old, encoding="utf-8")
        if left_out:
            (work / "holds.txt").write_text(left_out, encoding="utf-8")
            choices = [*choices, f"--constraint={work / 'holds.txt'}"]
        for _ in range(PASSES):
            try:
                _run_pip_compile(locks, sources, more, work, choices, environment)
            except Refused as refused:
                more |= _followers(refused, more)
                continue
            entries = _as_written(parse_entries(output.read_text(encoding="utf-8")), sources)
            raw = parse_graph((work / "graph.jsonl").read_text(encoding="utf-8"))
            about = json.loads((work / "graph.about.json").read_text(encoding="utf-8"))
            pins, unmet, environments = serve_everywhere(locks, sources, raw, entries)
            _refuse_other_owners(sources, pins)
            lacking = {asked.bare: More(asked, *_aim(asked, raw, environments)) for asked in unmet}
            if not lacking.keys() - more.keys() and all(asked.name in raw for asked in unmet):
                # What was pinned earlier for a platform that no longer needs it is dropped with the rest.
                found = Resolution({name: entries[name] for name in pins}, pins, about)
                refuse_unusable(locks, sources, found)
                return found
            more |= lacking
    raise BuildError(
        f"after {PASSES} passes the resolution still lacks {', '.join(sorted(more))}",
        locks.folder,
        "Pin these by hand in the group that needs them.",
    )


def _as_written(entries: Mapping[str, Entry], sources: tuple[Source, ...]) -> dict[str, Entry]:
    """Return the entries with their addresses as the inputs write them: the resolver puts the values of variables in."""
    asked = [Requirement(line) for source in sources for line in source.requirements]
    told: dict[tuple[str, str], str] = {
        (canonicalize_name(each.name), normal(expand(each.url, os.environ))): each.url
        for each in asked
        if each.url
    }
    return {
        name: replace(entry, text=f"{name} @ {url}")
        if entry.address and (url := told.get((name, normal(entry.address))))
        else entry
        for name, entry in entries.items()
    }


def _aim(asked: Asked, raw: Mapping[str, Pin], environments: Environments) -> tuple[str, bool]:
    """Return the Python that a release has to admit, and whether it is only for environments that the resolver does not see."""
    return environments.releases(asked.where)[0], asked.name not in raw


def _followers(refused: "Refused", more: Mapping[str, More]) -> dict[str, More]:
    """Return what only packages for a newer Python require, to be chosen for that Python, too; raise if there is nothing."""
    pythons = {each.asked.name: each.python for each in more.values() if each.is_elsewhere}
    found = {}
    for requirement, parent, _ in refused.causes:
        name = canonicalize_name(parent.partition(" ")[0].partition("[")[0])
        asked = Asked(requirement, parent, 0)
        if name in pythons and asked.name not in pythons:
            found[asked.bare] = More(asked, pythons[name], True)
    if not found:
        raise refused.error
    return found


def _refuse_other_owners(sources: tuple[Source, ...], pins: Mapping[str, Pin]) -> None:
    """Raise if a release asks the index for the name of a library of the checkout: the index's is somebody else's."""
    for library in (library for source in sources for library in source.libraries):
        if library.name in pins:
            askers = (
                pin.name for pin in pins.values() for line in pin.requires if _names(line, library.name)
            )
            raise BuildError(
                f"{next(askers, 'a release')} requires '{library.name}', which is a library of this checkout",
                library.path,
                "Give the library another name, or do without the one that requires it.",
            )


def serve_everywhere(
    locks: Locks, sources: tuple[Source, ...], raw: Mapping[str, Pin], entries: Mapping[str, Entry]
) -> tuple[dict[str, Pin], tuple[Asked, ...], Environments]:
    """Return the pins that some environment needs, their requirements trimmed, and what no pin meets there."""
    roots = [line for source in sources for line in source.requirements]
    environments = declared(locks, all_lines(roots, raw))
    found = closure(roots, raw, environments)
    asked = {extra for _, extra in found.extras} | {""}
    pins = {
        name: Pin(name, raw[name].version, _that_apply(raw[name].requires, asked, environments))
        for name in found.needed
    }
    addresses = {name: entry.address for name, entry in entries.items()}
    return pins, found.unmet(raw, addresses), environments


def _names(line: str, name: str) -> bool:
    return canonicalize_name(Requirement(line).name) == name


def _that_apply(requires: tuple[str, ...], extras: set[str], environments: Environments) -> tuple[str, ...]:
    """Drop the requirements that no declared environment with any asked extra takes."""

    def applies(line: str) -> bool:
        marker = Requirement(line).marker
        return marker is None or any(environments.where(str(marker), extra) for extra in extras)

    return tuple(sorted(line for line in requires if applies(line)))


def _run_pip_compile(
    locks: Locks,
    sources: tuple[Source, ...],
    more: Mapping[str, "More"],
    work: Path,
    choices: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    """Run the resolver over the parsed inputs."""
    files = {source.group: source.requirements for source in sources}
    if more:
        files["other-environments"] = tuple(more)
    for name, lines in files.items():
        (work / f"{name}.in").parent.mkdir(exist_ok=True)
        (work / f"{name}.in").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    paths = [str(work / f"{name}.in") for name in files]
    arguments = [*OPTIONS, *choices, "--output-file", str(work / "constraints.txt"), *paths]
    command = [
        sys.executable,
        "-m",
        f"{__package__}.capture",
        str(work / "graph.jsonl"),
        locks.oldest,
        json.dumps({each.asked.name: each.python for each in more.values() if each.is_elsewhere}),
        *arguments,
    ]
    done = run(command, environment)
    if done.returncode == IMPOSSIBLE:
        causes = json.loads((work / "graph.jsonl").read_text(encoding="utf-8"))
        asked = [each.asked for each in more.values()]
        raise Refused(causes, explain(causes, asked, sources, locks))
    if done.returncode == FAILED:
        what = json.loads((work / "graph.jsonl").read_text(encoding="utf-8"))
        raise BuildError(what, locks.folder, HINT)
    if done.returncode:
        raise _failure(done.stdout, locks)


def _failure(said: str, locks: Locks) -> BuildError:
    """Return the error of a resolver that ended with these lines and named no cause."""
    if "DO NOT MATCH THE HASHES" not in said:
        return BuildError(f"the resolver failed: {reason(said)}", locks.folder, HINT)
    replaced = ", ".join(REPLACED.findall(said)) or "a release"
    what = f"the files on offer differ from those that were locked for {replaced}"
    hint = "Find out why before you go on: the files of a release should never change."
    return BuildError(what, locks.constraints, hint)
