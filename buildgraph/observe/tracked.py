"""Tracked: which files are in git's index, so that they are nobody's to delete.

git itself is asked, since an index has many forms (versions 2 to 4, split, sparse, of a worktree, of a submodule) and places. The
environment may name another repository or another index for the time of a hook; a file that either of them
has is tracked. Where git cannot say, every file counts as tracked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping

from buildgraph.observe.places import real

SAID = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX")
"""What git's environment says of which repository and index are meant (manual of git, environment variables)."""
SECONDS = 60


def tracked(paths: Iterable[str], say: Callable[[str], None]) -> set[str]:
    """Return those of the checkout's paths that git tracks, or of which it cannot be known."""
    tops: dict[str | None, list[str]] = {}
    for path in paths:
        tops.setdefault(_repository(os.path.abspath(real(os.path.dirname(path)))), []).append(path)
    return {path for top, members in tops.items() for path in _of(top, members, say)}


def _of(top: str | None, paths: list[str], say: Callable[[str], None]) -> Iterable[str]:
    """Return the paths that the repository at `top` tracks, or the one that the environment names."""
    if top is None and "GIT_DIR" not in os.environ:
        return ()
    listed: set[str] = set()
    plain = {name: value for name, value in os.environ.items() if name not in SAID}
    questions = [(top, plain)] if top is not None else []
    if any(name in os.environ for name in SAID):
        questions.append((".", os.environ))
    for folder, environ in questions:
        found = _index(folder, environ)
        if found is None:
            say(
                f"kept '{paths[0]}' and what else may be tracked: git cannot say what it tracks in '{folder}'"
            )
            return paths
        listed |= found
    if "GIT_DIR" in os.environ:  # Then the folder that git takes for the top may be any above this one.
        listed |= {path[place + 1 :] for path in listed for place, mark in enumerate(path) if mark == "/"}
    return [path for path in paths if not listed.isdisjoint(_names(path, top))]


def _names(path: str, top: str | None) -> set[str]:
    """Return the names that a file may have in an index: from the top of the repository, and from here."""
    found = os.path.join(os.path.abspath(real(os.path.dirname(path))), os.path.basename(path))
    here = os.path.relpath(found, os.path.realpath(".")).replace(os.sep, "/")
    return {here} if top is None else {here, os.path.relpath(found, top).replace(os.sep, "/")}


def _index(folder: str, environ: Mapping[str, str]) -> set[str] | None:
    """Return the paths in the index that git uses in a folder, from the top of its repository; None if it cannot say."""
    git = shutil.which("git")
    if git is None:
        return None
    words = [git, "-c", "core.fsmonitor=false", "-C", folder, "ls-files", "-z", "--cached", "--full-name"]
    try:
        answer = subprocess.run(
            words,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if answer.returncode:
        return None
    return {os.fsdecode(path) for path in answer.stdout.split(b"\0") if path}


def _repository(folder: str) -> str | None:
    """Return the nearest folder at or above `folder` that is the top of a working tree, None if there is none."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
