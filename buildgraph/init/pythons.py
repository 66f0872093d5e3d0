"""Pythons: which versions a repository admits, read from `requires-python` as PEP 440 says, or from Poetry's `python`.

A version such as 3.12 is admitted if one of its releases is: `>3.11` admits 3.11, by its second release, and `!=3.12.3` admits 3.12. `init` runs
before there is an environment, so the package `packaging` is not there to be asked; tests compare the answers with its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from buildgraph.errors import BuildError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions that the library and its locks serve."""
RELEASES = range(100)
"""The patch releases that a version is asked about: it had fewer, always."""
CLAUSE = re.compile(
    r"(?P<operator>===|==|!=|<=|>=|<|>|~=)\s*v?(?P<release>\d+(?:\.\d+)*)(?P<any>\.\*)?"
    r"(?P<before>[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)[-_.]?\d*(?:\.dev\d*)?)?",
    re.IGNORECASE,
)
POETRYS = re.compile(r"(?P<mark>[\^~])\s*(?P<release>\d+(?:\.\d+)*)")
Key = tuple[int, ...]
Clause = tuple[str, Key, bool, bool]
"""Operator, release, whether `.*` follows, whether it is a release before that one, such as 3.14.0rc1."""


def admitted(said: str, root: Path, where: str = "pyproject.toml") -> tuple[str, ...]:
    """Return the versions that are admitted and served, or the one that .python-version pins; raise BuildError for none."""
    clauses = list(_clauses(said, where))
    fits = [each for each in PYTHONS if any(_is_admitted(each, patch, clauses) for patch in RELEASES)]
    if not fits:
        what = f"requires-python is '{said}', and the library serves Python {PYTHONS[0]} to {PYTHONS[-1]}"
        raise BuildError(what, where, "Admit one of these versions.")
    pin = root / ".python-version"
    pinned = ".".join(pin.read_text("utf-8", "replace").strip().split(".")[:2]) if pin.is_file() else ""
    return tuple([pinned] if pinned in fits else fits)


def as_standard(said: str) -> str:
    """Return what Poetry says of Python in the words of PEP 440: `^3.11` is `>=3.11,<4`, `~3.11` is `>=3.11,<3.12`, `3.11` is `==3.11`."""
    return ",".join(
        _standard(clause.strip()) for clause in said.split(",") if clause.strip() not in ("", "*")
    )


def _standard(clause: str) -> str:
    found = POETRYS.fullmatch(clause)
    if found is None:
        return clause if clause[:1] in "<>=!~" else f"=={clause}"
    release = [int(each) for each in found["release"].split(".")]
    # "^" keeps the first number that is not 0, "~" the first two.
    kept = 1 if found["mark"] == "^" else min(len(release), 2)
    bound = [*release[: kept - 1], release[kept - 1] + 1]
    return f">={found['release']},<{'.'.join(map(str, bound))}"


def _clauses(said: str, where: str) -> Iterator[Clause]:
    for text in filter(None, map(str.strip, said.split(","))):
        found = CLAUSE.fullmatch(text)
        if found is None or (found["any"] and (found["operator"] not in ("==", "!=") or found["before"])):
            what = f"requires-python is '{said}', of which '{text}' cannot be read"
            raise BuildError(what, where, "Write it as PEP 440 says: '>=3.11,<3.14'.")
        release = tuple(map(int, found["release"].split(".")))
        yield found["operator"], release, bool(found["any"]), bool(found["before"])


def _is_admitted(minor: str, patch: int, clauses: list[Clause]) -> bool:
    release = (*map(int, minor.split(".")), patch)
    return all(_fits(release, *clause) for clause in clauses)


def _fits(release: Key, operator: str, bound: Key, is_any: bool, is_before: bool) -> bool:
    """Tell whether a release fits a clause."""
    if is_any:
        return _begins(release, bound) == (operator == "==")
    own, other = (*_padded(release), 1), (*_padded(bound), 0 if is_before else 1)
    if operator == "~=":
        return own >= other and len(bound) > 1 and _begins(release, bound[:-1])
    return {
        "===": own == other,
        "==": own == other,
        "!=": own != other,
        "<=": own <= other,
        ">=": own >= other,
        "<": own < other,
        ">": own > other,
    }[operator]


def _begins(release: Key, bound: Key) -> bool:
    return _padded(release)[: len(bound)] == bound


def _padded(release: Key) -> Key:
    return (*release, *(0,) * (4 - len(release)))
