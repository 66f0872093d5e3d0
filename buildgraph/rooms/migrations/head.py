"""Head: whether a database is at the newest revision, by the files of the migrations and one question, without Alembic and without the application.

The files are read, not run: of each the constants `revision` and `down_revision`. Whatever is not plain (several heads, folders of versions elsewhere, a revision
that is computed, a file that does not parse) is left to Alembic, which knows more and says what is wrong.
"""

import configparser
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from buildgraph.files import write_bytes

from . import copies

UNUSUAL = ("version_locations", "recursive_version_locations", "sourceless")
"""Settings with which revisions are found in other ways than by the files of one folder."""


@dataclass(frozen=True)
class Chain:
    """The newest revision, and the file of each."""

    head: str
    files: dict[str, Path]


def read(settings: str) -> Chain | None:
    """Return the revisions of the folder that the settings name, None where Alembic has to be asked."""
    try:
        folder = _folder(settings)
        return _chain(sorted(folder.glob("*.py"))) if folder else None
    except (OSError, ValueError, SyntaxError, configparser.Error):
        return None


def is_reached(chain: Chain, found: str) -> bool:
    """Tell whether a database at `found` needs nothing; what is missing of the copies of what it has is written."""
    if found != chain.head:
        return False
    for revision, file in chain.files.items():
        copy = copies.path_of(revision)
        if not copy.exists():
            write_bytes(copy, file.read_bytes())
    return True


def _chain(files: list[Path]) -> Chain | None:
    found: dict[str, Path] = {}
    followed: set[str] = set()
    for file in files:
        said = copies.constants(file)
        revision, below = said.get("revision"), said.get("down_revision")
        if revision is None and below is None and file.name == "__init__.py":
            continue
        parents = below if isinstance(below, tuple | list) else () if below is None else (below,)
        texts = [revision, *parents]
        if not all(isinstance(each, str) for each in texts) or revision in found or said.get("depends_on"):
            return None
        found[str(revision)] = file
        followed |= {*map(str, parents)}
    heads = found.keys() - followed
    # One that follows a missing file is a mistake, which Alembic names.
    return Chain(heads.pop(), found) if len(heads) == 1 and followed <= found.keys() else None


def _folder(settings: str) -> Path | None:
    """Return the folder of the versions, None if it is not named in a plain way."""
    if settings.endswith(".toml"):
        table = tomllib.loads(Path(settings).read_text(encoding="utf-8")).get("tool", {}).get("alembic", {})
    else:
        parser = configparser.RawConfigParser()
        parser.read(settings, encoding="utf-8")
        table = dict(parser["alembic"]) if parser.has_section("alembic") else {}
    place = table.get("script_location")
    if not isinstance(place, str) or any(table.get(name) for name in UNUSUAL):
        return None
    place = place.replace("%(here)s", os.path.dirname(os.path.abspath(settings)))
    # What else `%` and a colon mean is Alembic's to know: an option, a folder in a package.
    return None if "%" in place or ":" in place[2:] else Path(place, "versions")
