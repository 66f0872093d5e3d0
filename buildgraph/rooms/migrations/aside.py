"""Aside: copies of the revisions that were applied, so that one can be undone after its file is gone.

A database may be at a revision that no file has any more: another branch was checked out, or the file was deleted. How to undo it stands in that file alone,
so each is copied before it is applied. A file that is there counts before its copy: it may have been corrected.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from alembic.script import Script, ScriptDirectory

from buildgraph.files import write_bytes

from .copies import FOLDER, constants, path_of


def keep(scripts: ScriptDirectory, found: str, head: str | None) -> None:
    """Copy the revisions that will bring a database from what was found to the head, and those before them that have no copy."""
    if found and found not in _ids(scripts):
        return
    done = {each.revision for each in _down_from(scripts, found or "base")}
    for script in _down_from(scripts, head):
        copy = path_of(script.revision)
        if script.revision not in done or not copy.exists():
            write_bytes(copy, Path(script.path).read_bytes())


def has(revision: str) -> bool:
    """Tell whether a revision was kept."""
    return path_of(revision).is_file()


def gone(scripts: ScriptDirectory, revision: str) -> list[str]:
    """Return the revisions that no file has, from one that a database is at down to one that has a file."""
    known, found, waiting = _ids(scripts), [], [revision]
    while waiting:
        each = waiting.pop()
        if each not in known and each not in found:
            found.append(each)
            waiting += parents(each) if has(each) else ()
    return found


def parents(revision: str) -> tuple[str, ...]:
    """Return the revisions that a kept one follows."""
    value = constants(path_of(revision)).get("down_revision")
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple | list) else ()


@contextlib.contextmanager
def beside(scripts: ScriptDirectory, revisions: Iterable[str]) -> Iterator[list[str]]:
    """Yield the folders of the migrations, with one more that holds copies, for a block of code."""
    folders = scripts.version_locations or [str(Path(scripts.dir, "versions"))]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="undone-", dir=FOLDER) as folder:
        for each in revisions:
            copy = path_of(each)
            Path(folder, copy.name).write_bytes(copy.read_bytes())
        yield [str(Path(each).absolute()) for each in (*folders, folder)]


def is_copy(path: str) -> bool:
    """Tell whether a path is that of a copy."""
    return FOLDER.resolve() in Path(path).resolve().parents


def name_of(path: str) -> Path:
    """Return the name by which people find a migration, or the copy of one."""
    return FOLDER / Path(path).name if is_copy(path) else Path(os.path.relpath(path))


def hint_of(path: str) -> str:
    """Say where the applied text of a migration is, if it was edited afterwards."""
    if is_copy(path):
        return ""
    copy = path_of(str(constants(Path(path)).get("revision")))
    if not copy.exists() or copy.read_bytes() == Path(path).read_bytes():
        return ""
    return f"It was edited after it was applied: '{copy}' is what was applied."


def _ids(scripts: ScriptDirectory) -> set[str]:
    return {script.revision for script in scripts.walk_revisions()}


def _down_from(scripts: ScriptDirectory, revision: str | None) -> Iterable[Script]:
    return scripts.iterate_revisions(revision, "base")
