"""Distributions: what is installed, by the files that say so (PyPA specification "Recording installed projects").

A distribution is as its RECORD, which has the digest of each of its files; without one, as its metadata. Patch levels count.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterable

from .paths import INSTALLED

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

ENDS = (".dist-info", ".egg-info")


def folders() -> tuple[str, ...]:
    """Return where packages are installed that this Python imports."""
    return _installed(tuple(sys.path))


@functools.lru_cache(maxsize=8)
def _installed(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the real folders of a path; it is asked for each fact, and many members make a path long."""
    return tuple(
        dict.fromkeys(os.path.realpath(each) for each in path if os.path.basename(each) in INSTALLED)
    )


@functools.cache
def _metadata(where: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in where:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(ENDS):
                found.setdefault(_named(name), os.path.join(folder, name))
    return found


def names() -> list[str]:
    """Return the normalized names of all distributions."""
    return sorted(_metadata(folders()))


def _named(folder: str) -> str:
    return normalized(folder.rsplit(".", 1)[0].split("-", maxsplit=1)[0])


def normalized(name: str) -> str:
    """Return a name as the packaging specifications compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def digest(name: str, digest_file: Callable[[str], str]) -> str:
    """Return what tells an installed distribution from another version of it."""
    folder = _metadata(folders()).get(name)
    if folder is None:
        return "absent"
    paths = [os.path.join(folder, each) for each in ("RECORD", "METADATA", "PKG-INFO")]
    return (
        os.path.basename(folder)
        + " "
        + " ".join(digest_file(path) for path in (paths if os.path.isdir(folder) else [folder]))
    )


@functools.cache
def _owners(where: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Return which distributions have something below each name at the top of a folder of packages."""
    owners: dict[str, set[str]] = {}
    for name, folder in _metadata(where).items():
        tops: set[str] = set()
        try:
            with open(os.path.join(folder, "RECORD"), encoding="utf-8") as file:
                tops.update(line.split(",", 1)[0].strip('"').split("/")[0] for line in file)
        except OSError:
            try:
                with open(os.path.join(folder, "top_level.txt"), encoding="utf-8") as file:
                    tops.update(file.read().split())
            except OSError:
                tops.add(name.replace("-", "_"))
        for top in tops:
            owners.setdefault(top.split(".")[0], set()).add(name)
    return {top: frozenset(found) for top, found in owners.items()}


def owners(path: str) -> frozenset[str]:
    """Return the distributions that a file below a folder of packages can belong to."""
    for folder in folders():
        if path.startswith(folder + os.sep):
            top = path[len(folder) + 1 :].split(os.sep, maxsplit=1)[0]
            if top.endswith(ENDS):
                return frozenset((_named(top),))
            return _owners(folders()).get(top.split(".")[0], frozenset())
    return frozenset()


@functools.cache
def _needs(where: tuple[str, ...], name: str) -> tuple[str, ...]:
    folder = _metadata(where).get(name, "")
    for file in ("METADATA", "PKG-INFO"):
        try:
            with open(os.path.join(folder, file), encoding="utf-8", errors="replace") as opened:
                lines = opened.read().split("\n\n")[0].splitlines()
        except OSError:
            continue
        found = (
            NAME.match(line.partition(":")[2].strip()) for line in lines if line.startswith("Requires-Dist")
        )
        return tuple(normalized(each[0]) for each in found if each)
    return ()


def closure(start: Iterable[str]) -> set[str]:
    """Return distributions with all that their metadata names, extras and absent ones too."""
    found: set[str] = set()
    rest = list(start)
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            rest += _needs(folders(), name)
    return found
