"""Tracked: which files are in git's index, so that they are never deleted.

git itself is asked, since an index has many forms (versions 2 to 4, split, sparse, of a worktree, of a submodule) and places. The
environment may name another repository or another index for the time of a hook; a file that either of them
has is tracked. Where git cannot say, every file counts as tracked.

Most files that are asked about do not belong to the repository (what an edit has made superfluous among the outputs), and to ask git
costs two processes. An index of version 2 or 3 that is not split and not sparse holds the path of every file as it is,
followed by a zero byte (manual of git, index-format): a name that does not stand there so is not tracked, and git need not be asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from buildgraph.observe.real import real

SAID = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX")
"""What git's environment says of which repository and index are meant (manual of git, environment variables)."""
SECONDS = 60
PLAIN = (b"DIRC\0\0\0\2", b"DIRC\0\0\0\3")
"""How an index begins in which a path stands as it is, not as what differs from the one before."""
ELSEWHERE = (b"link\0", b"sdir\0")
"""How the extensions begin by which some paths stand in another file, or are left out: their size is below 16 MiB."""


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
    is_told = any(name in os.environ for name in SAID)
    if not is_told and top is not None and _are_absent(os.path.join(top, ".git", "index"), paths):
        return ()
    plain = {name: value for name, value in os.environ.items() if name not in SAID}
    questions: list[tuple[str, Mapping[str, str]]] = [(top, plain)] if top is not None else []
    if is_told:
        questions.append((".", os.environ))
    kept: set[str] = set()
    for folder, environ in questions:
        listed = _listed(folder, environ)
        if listed is None:
            say(
                f"kept '{paths[0]}' and what else may be tracked: git cannot say what it tracks in '{folder}'"
            )
            return paths
        if "GIT_DIR" in environ:  # Then the folder that git takes for the top may be any above this one.
            listed |= {path[place + 1 :] for path in listed for place, mark in enumerate(path) if mark == "/"}
        kept.update(path for path in paths if not listed.isdisjoint((_real(path), path)))
    return kept


def _are_absent(index: str, paths: list[str]) -> bool:
    """Tell whether the index says by itself that no file of these names is tracked, in whatever folder."""
    try:
        with open(index, "rb") as file:
            data = file.read()
    except OSError:  # In a worktree or a submodule it is elsewhere.
        return False
    if not data.startswith(PLAIN) or any(extension in data for extension in ELSEWHERE):
        return False
    return not any(os.fsencode(os.path.basename(path)) + b"\0" in data for path in paths)


def _real(path: str) -> str:
    """Return where a file really is; if it is a link, where the link is."""
    return os.path.join(os.path.realpath(os.path.dirname(path) or "."), os.path.basename(path))


def _listed(folder: str, environ: Mapping[str, str]) -> set[str] | None:
    """Return the files, by their whole paths, in the index that git uses in a folder; None if it cannot say."""
    top = _answer(folder, environ, "rev-parse", "--show-toplevel")
    index = _answer(folder, environ, "ls-files", "-z", "--cached", "--full-name")
    if not top or index is None:
        return None
    root = os.path.realpath(os.fsdecode(top.removesuffix(b"\n")))
    return {os.path.join(root, os.fsdecode(path)) for path in index.split(b"\0") if path}


def _answer(folder: str, environ: Mapping[str, str], *words: str) -> bytes | None:
    import shutil
    import subprocess

    git = shutil.which("git")
    if git is None:
        return None
    try:
        answer = subprocess.run(
            [git, "-c", "core.fsmonitor=false", "-C", folder, *words],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return None if answer.returncode else answer.stdout


def _repository(folder: str) -> str | None:
    """Return the nearest folder at or above `folder` that is the top of a working tree, None if there is none."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
