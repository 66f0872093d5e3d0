"""Parked environments: what `.venv` was on other branches, each whole, so that going back to one is two renames.

An environment is parked under the digest of what it holds and of where and by which Python it was made, and comes back
only as that. Nothing is linked: an edit in one never reaches another. A run killed between the two renames leaves both
parked, and the next run takes the right one.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from buildgraph.layout import STATE

FOLDER = f"{STATE}/environments"
KEPT = 3
"""So many are kept, the ones that were parked last; each is as large as `.venv`."""


def name_of(made: Mapping[str, str], lines: Iterable[str]) -> str:
    """Return the name of an environment made like this that holds what these requirement lines say."""
    told = "\n".join([*(f"{key}={value}" for key, value in sorted(made.items())), *sorted(lines)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def is_there(name: str) -> bool:
    """Tell whether an environment of this name is parked."""
    return os.path.isdir(os.path.join(FOLDER, name))


def park(folder: Path, name: str) -> bool:
    """Park what is in `folder` and remove the oldest ones too many; return False if it cannot be moved.

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
    names = sorted(os.listdir(FOLDER), key=lambda name: os.path.getmtime(os.path.join(FOLDER, name)))
    for old in names[:-KEPT]:
        shutil.rmtree(os.path.join(FOLDER, old), ignore_errors=True)
    return True


def take(folder: Path, name: str) -> None:
    """Put the parked environment of this name at `folder`, where nothing is."""
    os.rename(os.path.join(FOLDER, name), folder)
