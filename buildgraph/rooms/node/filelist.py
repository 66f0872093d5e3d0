"""The record of an installed tree: every file with its digest, so that an edit of any of them is found."""

import hashlib
import json
import os
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text


def write(folder: str, record: str, without: tuple[str, ...]) -> None:
    """Record the files of a folder, but for those that are written by us."""
    write_text(record, json.dumps(_files(folder, (*without, record)), indent=0) + "\n")


def changed(folder: str, record: str, without: tuple[str, ...]) -> list[str]:
    """Return the files that were edited, added or deleted since the record was written."""
    try:
        recorded = json.loads(Path(record).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return [record]
    found = _files(folder, (*without, record))
    return sorted(name for name in {*recorded, *found} if recorded.get(name) != found.get(name))


def _files(folder: str, without: tuple[str, ...]) -> dict[str, str]:
    digests = {}
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.as_posix() not in without:
                digests[path.as_posix()] = _digest(path)
    return digests


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink().as_posix()}"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _raise(error: OSError) -> None:
    raise BuildError(
        f"cannot read the folder '{error.filename}': {error.strerror}",
        "",
        "Delete 'node_modules' and run 'doit node'.",
    )
