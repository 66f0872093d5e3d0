"""Said: files and values of a repository, of which nothing is known before they are looked at."""

from __future__ import annotations

import re
from pathlib import Path

from buildgraph.errors import BuildError

PATTERN = re.compile(r"[*?\[\]{}\\]|^!")


def table(found: object) -> dict:
    """Return a value if it is a table, else an empty one."""
    return found if isinstance(found, dict) else {}


def texts(found: object) -> list[str]:
    """Return the texts of a list, none of what is not one."""
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def text_of(path: Path) -> str:
    """Return a file's text without its byte order mark; raise BuildError for one of another encoding that has nulls."""
    content = path.read_bytes()
    if b"\0" in content:
        raise BuildError("it is not UTF-8", path.name, "Save it as UTF-8, then run it again.")
    return content.decode("utf-8-sig", "replace")


def listed(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted; nothing of one that is not there or that may not be looked into."""
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except PermissionError:
        return []


def is_file(path: Path) -> bool:
    """True for a file; what lies in a folder that may not be looked into is not one."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def is_literal(path: Path) -> bool:
    """True if a path stands for itself among inputs, where some characters make a pattern of it."""
    return not PATTERN.search(path.name)


def shown(root: Path, path: Path) -> str:
    """Return a path as it is written in the repository."""
    return path.relative_to(root).as_posix()
