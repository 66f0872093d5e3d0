"""Ownership: whose a file at an output's place is, and what becomes of what no task or another task owns.

What an earlier run has made is known by its digest at its place. What somebody else has put there is never destroyed: it is
set aside, and what git tracks stays where it is.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from buildgraph.errors import BuildError
from buildgraph.layout import SET_ASIDE, is_exact
from buildgraph.observe import digests
from buildgraph.observe.real import RealPaths
from buildgraph.observe.stamps import take
from buildgraph.patterns import matches
from buildgraph.rules.values import Rule


def claims(rule: Rule, path: str) -> bool:
    """True if the file is one that the rule's outputs stand for."""
    return path in rule.outputs or any(
        not is_exact(output) and matches(output, path) for output in rule.outputs
    )


def move(source: str, path: str) -> None:
    """Rename a file; to another file system it is copied next to the path first, so that the path has all of it or nothing."""
    try:
        os.replace(source, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        import shutil

        beside = f"{os.path.dirname(path) or '.'}/.{os.path.basename(path)[:80]}.{os.getpid()}.new"
        try:
            shutil.copy2(source, beside, follow_symlinks=False)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
        os.unlink(source)


def remove(path: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    """Delete a file whose content we wrote; set any other aside."""
    if is_own(path, digest_at(path), owned):
        os.unlink(path)
    else:
        set_aside(path, say)


def state_of(path: str, ours: Iterable[str]) -> str:
    """Return whether what is at `path` is "ours", somebody "other"'s, or "gone"."""
    digest = digest_at(path)
    return "gone" if digest == digests.ABSENT else "ours" if own_mark(path, digest) in ours else "other"


def own_mark(path: str, digest: str) -> str:
    """Return how the ledger knows a file of ours: its digest and, if its folder is elsewhere through a link, where that is."""
    place = RealPaths().path(path)
    return digest if place == path else f"{digest} at {place}"


def is_own(path: str, digest: str, owned: Mapping[str, Sequence[str]]) -> bool:
    """True if what has the digest is at the path where we have put it."""
    return path in owned and own_mark(path, digest) in owned[path]


def delete(path: str) -> None:
    """Delete a file and the folders above it that hold nothing then."""
    try:
        os.unlink(path)
    except OSError as error:
        hint = "Make its folder writable."
        raise BuildError(f"cannot delete '{path}': {error.strerror}", "", hint) from None
    remove_empty(os.path.dirname(path))


def remove_empty(folder: str) -> None:
    """Remove a folder and those above it that hold nothing then."""
    while folder:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def set_aside(path: str, say: Callable[[str], None], keep: bool = False, source: str = "") -> None:
    """Move something that is not ours out of an output's place, or a copy of it, the `source`, that was made in time.

    `keep`: copy it, since it is about to be replaced.
    """
    import shutil

    target, source = f"{SET_ASIDE}/{time.time_ns()}/{path}", source or path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if keep and not os.path.islink(source):
        shutil.copy2(source, target)
    elif os.path.isdir(source) and not os.path.islink(source):
        shutil.move(source, target)
    else:
        move(source, target)
    say(f"'{path}' was not as the build left it; what was there is kept as '{target}'")


def prune(folder: str) -> None:
    """Remove `folder` and the folders below it that hold nothing."""
    for here, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(here)
        except OSError:
            continue


def digest_at(path: str) -> str:
    """Return the digest of what is at a path as an output."""
    found = take(path)
    return digests.ABSENT if found is None else digests.of_output(digests.of_path(path, found[1]))
