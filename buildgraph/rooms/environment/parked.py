"""Parked environments: what `.venv` was on other branches, each whole, so that going back to one is two renames.

An environment is parked under the digest of what it holds and of where and by which Python it was made, and comes back
only as that. Nothing is linked: an edit in one never reaches another. A run killed between the two renames leaves both
parked, and the next run takes the right one.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from buildgraph.files import beyond
from buildgraph.layout import STATE

FOLDER = f"{STATE}/environments"
KEPT = 3
"""So many are kept, the ones that were parked last; each is as large as `.venv`."""


def name_of(made: Mapping[str, str], lines: Iterable[str]) -> str:
    """Return the name of an environment made like this that holds what these requirement lines say."""
    told = "\n".join([*(f"{key}={value}" for key, value in sorted(made.items())), *sorted(lines)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def is_name(text: object) -> bool:
    """Tell whether a text, which somebody may have edited, can be a name."""
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{32}", text) is not None


def is_there(name: str) -> bool:
    """Tell whether an environment of this name is parked."""
    return os.path.isdir(os.path.join(FOLDER, name))


def park(folder: Path, name: str) -> bool:
    """Park what is in `folder`; return False if it cannot be moved.

    It cannot on Windows while a program of it runs, nor if it is on another disk.
    """
    place = os.path.join(FOLDER, name)
    shutil.rmtree(place, ignore_errors=True)
    try:
        os.makedirs(FOLDER, exist_ok=True)
        os.rename(folder, place)
        os.utime(place)
    except OSError:
        return False
    return True


def take(folder: Path, name: str) -> None:
    """Put the parked environment of this name at `folder`, where nothing is."""
    os.rename(os.path.join(FOLDER, name), folder)


def prune() -> None:
    """Remove the oldest ones too many."""
    for old in beyond(FOLDER, KEPT):
        shutil.rmtree(old, ignore_errors=True)
