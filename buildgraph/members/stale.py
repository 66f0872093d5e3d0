"""Stale: what may rot: when a member changed last, which packages it holds back, and whether its tests have passed as it is and as the locks are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildgraph import pinned, uv
from buildgraph.errors import BuildError

from . import Member, Members, git

UPPER = frozenset(("<", "<=", "==", "===", "~=", "!="))
"""What in a specifier can keep a newer version out (PEP 440)."""
PASSED = "up to date"


@dataclass(frozen=True)
class Held:
    """A package that a member holds back: what is locked, and the newest that there is."""

    requirement: str
    locked: str
    newest: str


def report(members: Members, constraints: str) -> str:
    """Return a paragraph for each member; the index is asked where a requirement has an upper bound."""
    newest = _newest(sorted({canonicalize_name(each.name) for member in members for each in _capped(member)}))
    locked = dict(pins(Path(constraints).read_text("utf-8")))
    tested = _tested(members)
    return "".join(
        _told(member, list(held(member, locked, newest)), tested[member.name]) for member in members
    )


def pins(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and the versions that a lock pins."""
    yield from ((pin.name, pin.version) for pin in pinned.read(text))


def held(member: Member, locked: Mapping[str, str], newest: Mapping[str, str]) -> Iterator[Held]:
    """Yield the packages whose newest version a member does not admit."""
    for requirement in _capped(member):
        name = canonicalize_name(requirement.name)
        if name in newest and not requirement.specifier.contains(newest[name], prereleases=True):
            yield Held(str(requirement), locked.get(name, "none"), newest[name])


def _capped(member: Member) -> Iterator[Requirement]:
    """Yield the requirements of a member that can keep a newer version out."""
    for line in member.requires:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # `doit locks` refuses it, with its place
        if any(each.operator in UPPER for each in requirement.specifier):
            yield requirement


def _newest(names: list[str]) -> dict[str, str]:
    """Return name → the newest version that this Python can use; one process for all, none if there are no names."""
    if not names:
        return {}
    words = [uv.find(), "pip", "compile", "-", "--no-deps", "--no-header", "--no-annotate", "--quiet"]
    done = subprocess.run(
        words,
        input="\n".join(names),
        env=uv.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(
            f"the index does not say which versions there are: {done.stderr.strip()[-300:]}",
            "",
            "Try it later.",
        )
    return dict(pins(done.stdout))


def _tested(members: Members) -> dict[str, str]:
    """Return name → what the graph says of the member's tests: whether they have passed on what is there now."""
    names = [f"test:{member.name}" for member in members]
    words = [sys.executable, "-m", "buildgraph", "why", *names]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    said = [line.partition(": ") for line in done.stdout.splitlines()]
    reasons = {name.removeprefix("test:"): reason for name, _, reason in reversed(said)}
    return {member.name: reasons.get(member.name, "nothing is known of them") for member in members}


def _told(member: Member, found: list[Held], tested: str) -> str:
    lines = [
        f"{member.name} ({member.folder}/)",
        f"  changed     {git.last_change(member.folder) or 'not in git yet'}",
    ]
    if found:
        lines += [
            f"  holds back  {each.requirement}: {each.locked} is locked, {each.newest} is the newest"
            for each in found
        ]
    else:
        lines.append("  holds back  nothing")
    lines.append(
        f"  tests       {'passed with the locks of now' if tested == PASSED else f'have to run: {tested}'}"
    )
    return "\n".join(lines) + "\n"
