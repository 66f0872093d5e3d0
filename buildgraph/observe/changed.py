"""Changed: which files of the checkout differ from a revision of git, committed or not, and new ones that git does not ignore.

git compares contents, so a file that was only touched is not among them. What git ignores it cannot tell of; files of which it was told not to
look (`git update-index --assume-unchanged`), and what it converts (ends of lines, filters), neither. The user's settings change nothing of what
is listed. A path that ends with a slash stands for whatever lies below it: a submodule, a repository in this one, a link that leads elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence

from buildgraph.errors import BuildError
from buildgraph.observe.real import real

EXACT = ("core.trustctime=true", "core.checkStat=default")
"""Without them git takes a file of equal size and time for the same."""
SETTINGS = (
    "core.fsmonitor=false",
    "core.quotePath=false",
    "diff.external=",
    "diff.ignoreSubmodules=none",
    *EXACT,
)
LINK, SUBMODULE = "120000", "160000"
"""Modes of git (git-fast-import(1))."""
DIFFERS = (
    "diff",
    "--raw",
    "--no-abbrev",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--relative",
    "-O/dev/null",
)
NEW = ("ls-files", "-z", "--others", "--exclude-standard")
TRACKED = ("ls-files", "-z", "--cached", "--stage")
OLD = ("ls-tree", "-r", "-z", "--name-only")


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
    return frozenset((*_differing(_listed(*DIFFERS, commit, "--")), *_listed(*NEW)))


def files_of(commit: str) -> frozenset[str]:
    """Return the files below this folder that a commit has."""
    return frozenset(_listed(*OLD, commit))


def tracked() -> dict[str, str]:
    """Return path → mode of the files below this folder that git's index has."""
    entries = (entry.partition("\t") for entry in _listed(*TRACKED))
    return {path: said[: len(LINK)] for said, _, path in entries}


def linked(changed: Collection[str], index: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the links that git has, and new ones, each with the place that it names and with the one where it leads in the end."""
    for path in {*(path for path, mode in index.items() if mode == LINK), *changed}:
        if os.path.islink(path):
            named = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
            yield path, named.replace(os.sep, "/")
            yield path, real(path)


def _differing(entries: Sequence[str]) -> Iterator[str]:
    """Yield the paths of raw differences (git-diff(1), "Raw output format"), and with a slash those that have been, or are, more than a file."""
    for said, path in zip(entries[::2], entries[1::2], strict=True):
        yield path
        if {LINK, SUBMODULE} & {*said[1:].split()[:2]}:
            yield f"{path}/"


def _listed(*words: str) -> Sequence[str]:
    done = _git(*words)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise BuildError(f"git cannot say what has changed: {said}", "", "Mend that, and ask again.")
    return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    return subprocess.run(
        ["git", "--no-optional-locks", *settings, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
