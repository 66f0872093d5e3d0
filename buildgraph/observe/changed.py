"""Changed: which files of the checkout differ from a revision of git, committed or not, and new ones that git does not ignore.

git compares contents, so a file that was only touched is not among them. What git ignores it cannot tell of; files of which it was told not to
look (`git update-index --assume-unchanged`) neither. The user's settings change nothing of what is listed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from buildgraph.errors import BuildError

SETTINGS = ("core.fsmonitor=false", "core.quotePath=false", "diff.external=", "diff.ignoreSubmodules=none")
DIFFERS = (
    "diff",
    "--name-only",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--relative",
    "-O/dev/null",
)
NEW = ("ls-files", "-z", "--others", "--exclude-standard")
TRACKED = ("ls-files", "-z", "--cached")


def commit_of(revision: str) -> str:
    """Return the name of the commit that a revision stands for (gitrevisions(7)); raise BuildError if there is none."""
    if shutil.which("git") is None:
        raise BuildError("git is not there, and it knows what has changed", "", "Install git.")
    if not revision or revision.startswith("-"):
        raise BuildError(f"'{revision}' is not a revision", "--since", "Name a commit, a branch or a tag.")
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        inside = _git("rev-parse", "--is-inside-work-tree")
        if inside.returncode:
            said = inside.stderr.decode(errors="replace").strip().splitlines()[-1:]
            what = said[0].removeprefix("fatal: ").rstrip(".") if said else "this is not a checkout of git"
            raise BuildError(what, "git", "Ask in a checkout of git.")
        hint = "A shallow clone has few: 'git fetch --unshallow' fetches the rest."
        raise BuildError(f"git knows no commit '{revision}' here", "--since", hint)
    return done.stdout.decode().strip()


def changed_since(commit: str) -> frozenset[str]:
    """Return the files below this folder that differ from a commit, those included that are gone."""
    return frozenset((*_listed(*DIFFERS, commit, "--", "."), *_listed(*NEW, "--", ".")))


def tracked_files() -> frozenset[str]:
    """Return the files below this folder that git's index has."""
    return frozenset(_listed(*TRACKED, "--", "."))


def _listed(*words: str) -> Sequence[str]:
    done = _git(*words)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise BuildError(f"git cannot say what has changed: {said}", "", "Mend that, and ask again.")
    return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    return subprocess.run(
        ["git", "--no-optional-locks", "--literal-pathspecs", *settings, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
