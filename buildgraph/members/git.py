"""Git: what a release asks of the repository, and what it records there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from packaging.version import InvalidVersion, Version

from buildgraph.errors import BuildError

SHOWN = 5  # files named in a sentence


def refuse_unclean(folder: str) -> None:
    """Raise BuildError unless a branch is checked out, and what will be built is what it has: no tracked file changed, and none new in the folder."""
    if not shutil.which("git"):
        raise BuildError("git cannot be found", "", "A release is recorded by it: install it.")
    _ask("it is not in a git repository", "rev-parse", "--is-inside-work-tree")
    if _git("symbolic-ref", "--quiet", "HEAD").returncode:
        raise BuildError(
            "no branch is checked out", "", "A release is committed to one: 'git switch BRANCH'."
        )
    changed = _status("--untracked-files=no") + _status("--untracked-files=all", "--", folder)
    if changed:
        names = sorted({line[3:] for line in changed})
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        what = f"there are changes that are not committed: {', '.join(names[:SHOWN])}{more}"
        raise BuildError(
            what, "", "Commit them, or put them aside: a release is built from what is committed."
        )


def last_tag(name: str) -> str:
    """Return the tag of the newest release of a member before this commit, "" if there is none."""
    tags = _ask("the tags cannot be listed", "tag", "--list", "--merged", "HEAD", f"{name}-*").split()
    found = [(version, tag) for tag in tags if (version := _version(tag.removeprefix(f"{name}-")))]
    return max(found)[1] if found else ""


def has_tag(tag: str) -> bool:
    """Tell whether there is a tag, wherever it points."""
    return _git("rev-parse", "--quiet", "--verify", f"refs/tags/{tag}").returncode == 0


def subjects(folder: str, since: str) -> list[str]:
    """Return the subjects of the commits that touched a folder since a revision ("" for the first one), the newest first."""
    span = [f"{since}..HEAD"] if since else ["HEAD"]
    said = _ask(
        "the commits cannot be listed",
        "log",
        "--no-show-signature",
        "--no-merges",
        "--format=%s",
        *span,
        "--",
        folder,
    )
    return said.splitlines()


def touched(path: str) -> str:
    """Return the last commit that touched a file, "" if none did."""
    return _ask(
        "the commits cannot be listed", "log", "--no-show-signature", "-1", "--format=%H", "--", path
    ).strip()


def last_change(folder: str) -> str:
    """Return the day and the subject of the last commit that touched a folder, "" if there is none, or no git."""
    if not shutil.which("git"):
        return ""
    done = _git("log", "--no-show-signature", "-1", "--format=%cs, %s", "--", folder)
    return "" if done.returncode else done.stdout.strip()


def commit(paths: Sequence[str], subject: str) -> None:
    """Commit files and nothing else; raise BuildError, with nothing staged, if git or a hook of it refuses."""
    _ask("git does not take the files", "add", "--", *paths)
    try:
        _ask(
            "git does not take the commit",
            "commit",
            "--quiet",
            f"--message={subject}",
            "--only",
            "--",
            *paths,
        )
    except BuildError:
        _git("reset", "--quiet", "--", *paths)
        raise


def tag(name: str, subject: str) -> None:
    """Tag the commit that is checked out."""
    _ask("git does not take the tag", "tag", "--annotate", name, f"--message={subject}")


def _status(*words: str) -> list[str]:
    said = _ask("the changes cannot be listed", "-c", "core.quotePath=false", "status", "--porcelain", *words)
    return said.splitlines()


def _ask(what: str, *words: str) -> str:
    """Return what git says; raise BuildError with its last line if it refuses."""
    done = _git(*words)
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        told = lines[-1].strip().rstrip(".") if lines else "git says nothing"
        raise BuildError(f"{what}: {told}", "", "Correct that, and run it again.")
    return done.stdout


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], capture_output=True, text=True, encoding="utf-8", check=False)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
