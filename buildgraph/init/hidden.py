"""Hidden: what git would leave out of a commit, of the files that a repository needs to be built elsewhere, and the lines that bring it back.

git itself is asked, since what it ignores is said in many places. Where there is no repository, or no git, nothing is known to be hidden.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

SECONDS = 60


def remarks(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Yield a sentence, if git hides some of these paths, with the lines of .gitignore that bring them back."""
    paths = tuple(paths)
    if not (names := _ignored(root, paths)):
        return
    said = ", ".join(f"'{name}'" for name in names)
    lines = ", ".join(f"'{line}'" for line in _lines(root, names))
    yield f"git ignores {said}, which the graph cannot be without in another clone: add to the end of .gitignore {lines}."


def _lines(root: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield the lines for these paths: a file cannot be brought back before the folders that it lies in."""
    folders = dict.fromkeys(
        folder.as_posix() for name in names for folder in reversed(PurePosixPath(name).parents[:-1])
    )
    for folder in _ignored(root, [f"{each}/" for each in folders]):
        yield f"!/{folder}"
    yield from dict.fromkeys(f"!/{_pattern(name)}" for name in names)


def _pattern(name: str) -> str:
    """Return a file's path; of the library without its version, so that another release needs no other line."""
    path = PurePosixPath(name)
    return (
        (path.parent / f"{path.name.partition('-')[0]}-*.whl").as_posix() if path.suffix == ".whl" else name
    )


def _ignored(root: Path, paths: Sequence[str]) -> list[str]:
    """Return those of the paths that git ignores; what it tracks already it does not."""
    words = ["git", "-c", "core.quotePath=false", "check-ignore", "--stdin", "-z"]
    asked = "\0".join(paths).encode("utf-8", "surrogateescape")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            words, cwd=root, input=asked, capture_output=True, timeout=SECONDS, env=environ, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [each for each in done.stdout.decode("utf-8", "surrogateescape").split("\0") if each]
