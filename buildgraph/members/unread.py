"""Unread: Python files of members that Python imports and whose imports are not read, since they belong to no package that is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from buildgraph.errors import BuildError

from . import Members

CACHE = "__pycache__"
SUFFIXES = (".py", ".so", ".pyd")
"""What Python imports (`importlib.machinery.all_suffixes`, without what a version of it adds)."""


def refuse_unread(members: Members) -> None:
    """Raise BuildError for the first file that could import what it likes, or be imported by everybody."""
    for member in members:
        package = Path(member.sources)
        for path in _modules(Path(member.path)):
            where = path.as_posix()
            if package not in path.parents:
                hint = f"Move it into '{member.sources}/': all that is next to it would be imported by everybody."
                raise BuildError(f"it is not in the package of '{member.name}'", where, hint)
            if folder := _unnamed(path, package):
                hint = f"Make '{folder}/__init__.py', or move it."
                raise BuildError("its folder is not a package, so its imports are not read", where, hint)


def _modules(folder: Path) -> Iterator[Path]:
    """Yield what Python could import below a folder, in order."""
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(SUFFIXES) and CACHE not in path.parts and path.is_file():
            yield path


def _unnamed(path: Path, package: Path) -> str:
    """Return the first folder of a file that is not a package, "" if all are."""
    between = [folder for folder in reversed(path.parents) if folder == package or package in folder.parents]
    return next((folder.as_posix() for folder in between if not (folder / "__init__.py").is_file()), "")
