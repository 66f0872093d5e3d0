"""Cache: built wheels, per user, each in a folder named by the digest of everything that went into it.

A wheel lies there with its own digest, and is compared with it each time before it is used: a damaged one is built anew.
The folder can be deleted.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from buildgraph.errors import BuildError


@dataclass(frozen=True)
class Recipe:
    """Everything that goes into a wheel."""

    archive: tuple[str, ...]  # the digests that are locked for it
    version: str
    builders: str  # the digest of the file that pins the build requirements
    python: str
    platform: str
    compiler: str
    steps: int  # how we build

    @property
    def key(self) -> str:
        """Return the digest of the recipe."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def folder() -> Path:
    """Return where this user's built wheels are, by the custom of the system."""
    return platformdirs.user_cache_path("buildgraph", appauthor=False, opinion=False) / "wheels"


def get(recipe: Recipe) -> Path | None:
    """Return the wheel of a recipe, None if it is not there or damaged."""
    place = folder() / recipe.key
    try:
        said: Mapping[str, str] = json.loads((place / "wheel.json").read_text(encoding="utf-8"))
        wheel = place / said["name"]
        return wheel if wheel.parent == place and digest(wheel) == said["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def put(recipe: Recipe, wheel: Path) -> Path:
    """Keep a wheel and return where it is; of two that come at once one stays."""
    place = folder() / recipe.key
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder(), prefix=".new-") as name:
            new = Path(name, "entry")
            new.mkdir()
            shutil.copyfile(wheel, new / wheel.name)
            told = {"name": wheel.name, "sha256": digest(wheel)}
            (new / "wheel.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
            if place.exists() and get(recipe) is None:
                os.replace(place, Path(name, "damaged"))
            if not place.exists():
                os.replace(new, place)
    except OSError as error:
        if get(recipe) is None:
            hint = "Free space, or set XDG_CACHE_HOME, and run it again."
            raise BuildError(f"cannot write '{place}': {error.strerror}", "", hint) from None
    return get(recipe) or wheel


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
