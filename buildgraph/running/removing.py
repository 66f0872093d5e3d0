"""Removing: what there is to delete of a task, found and sized before anything is deleted.

A file is deleted as long as it is as the task made it. A folder that a task fills (`fills=`) is more than its outputs: it
goes as a whole, with what programs have put into it since. What git tracks is never deleted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from buildgraph.act import ownership
from buildgraph.errors import BuildError
from buildgraph.fields import Value, fresh
from buildgraph.observe.tracked import tracked

Say = Callable[[str], None]


class Removal(Value, frozen=False):
    """What goes of one task, and whether all of it does."""

    task: str
    files: list[str] = fresh(list)
    folders: list[str] = fresh(list)
    is_whole: bool = True
    """False if something of it is kept because git tracks it, so that its success counts still."""
    size_bytes: int = 0


def of_files(task: str, owned: dict[str, list[str]], say: Say) -> Removal:
    """Find the files of a task that are as it made them, and say of the others why they stay."""
    found = Removal(task)
    states = {path: ownership.state_of(path, digests) for path, digests in sorted(owned.items())}
    ours = [path for path, state in states.items() if state == "ours"]
    kept = tracked(ours, say) if ours else set()
    found.files = [path for path in ours if path not in kept]
    found.is_whole = not kept
    found.size_bytes = sum(os.lstat(path).st_size for path in found.files)
    for path, state in states.items():
        if state == "other":
            say(f"'{path}' is kept: it is not as '{task}' made it")
    if len(kept) == 1:
        say(f"'{min(kept)}' is kept: git tracks it")
    elif kept:
        say(f"{len(kept)} files of '{task}' are kept, such as '{min(kept)}': git tracks them")
    return found


def of_folders(task: str, folders: tuple[str, ...], owned: dict[str, list[str]], say: Say) -> Removal:
    """Find the folders that a task has filled, and say of the others why they stay."""
    found = Removal(task)
    for folder in folders:
        path = folder.rstrip("/")
        if not os.path.lexists(path):
            continue
        if os.path.islink(path) or not any(each.startswith(folder) for each in owned):
            say(f"'{folder}' is kept: '{task}' has not made it")
            continue
        files = list(_below(path))
        if kept := tracked(files, say):
            say(f"'{folder}' is kept: git tracks '{min(kept)}'")
            found.is_whole = False
            continue
        found.folders.append(folder)
        found.size_bytes += sum(os.lstat(each).st_size for each in files)
    return found


def size_of(folder: str) -> int:
    """Return the size in bytes of all files below a folder, 0 if there is none."""
    return sum(os.lstat(path).st_size for path in _below(folder))


def delete_tree(folder: str) -> None:
    """Delete a folder with all that is in it."""
    import shutil

    try:
        shutil.rmtree(folder.rstrip("/"))
    except OSError as error:
        what = f"cannot delete '{error.filename or folder}': {error.strerror}"
        raise BuildError(what, "", "Make sure that it is yours and that its folder is writable.") from None


def said(size_bytes: float) -> str:
    """Return a size as people say it."""
    for unit in ("byte" if size_bytes == 1 else "bytes", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"


def _below(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(f"{here}/{name}")]
        yield from (f"{here}/{name}" for name in (*names, *links))
