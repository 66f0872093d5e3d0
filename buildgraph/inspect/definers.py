"""Definers: which of the changed files define the graph, by what loading `dodo.py` has read, listed and asked of the checkout.

What was read counts whatever it is: a page of settings says as much of the graph as a module. A folder that was listed counts where a
name in it came or went, and so does a path of which was only asked whether it is there. Python lists the folders in which it looks for
modules, too: what came there and was imported is among what was read, so that only a module that went counts there.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator

from buildgraph.layout import DODO
from buildgraph.observe.loading import SEARCHED, Loading


def defining(changed: Collection[str], before: Collection[str], loading: Loading) -> frozenset[str]:
    """Return those of the changed files that define the graph; `before` are all files of the revision."""
    read = {DODO, *_inside({*loading.files, *loading.absent, *_asked(loading)})}
    searched = {*_inside(path for path in loading.folders if path.endswith(SEARCHED))}
    listed = {*_inside(path for path in loading.folders if not path.endswith(SEARCHED))}
    old, new = _places(before), _places(path for path in changed if os.path.lexists(path))
    found = set()
    for path in changed:
        is_new, is_gone = path not in before, not os.path.lexists(path)
        if path in read or path.rstrip("/") in read:
            found.add(path)
        elif is_new or is_gone:
            for place, folder in _above(path.rstrip("/")):
                has_come, has_gone = place not in old, place not in new and not os.path.lexists(place)
                is_asked = (has_come or has_gone) and (place in read or folder in listed)
                is_module = has_gone and folder in searched and path.endswith(".py")
                if is_asked or is_module:
                    found.add(path)
    return frozenset(found)


def _asked(loading: Loading) -> Iterator[str]:
    """Yield the paths of which something was asked."""
    for _, arguments in loading.questions:
        yield from (each for each in arguments if isinstance(each, str))


def _inside(paths: Iterable[str]) -> Iterator[str]:
    """Yield those of paths that lie in the checkout, relative to it, "" for itself."""
    root = os.getcwd()
    for path in map(os.path.abspath, paths):
        if path == root:
            yield ""
        elif path.startswith(root + os.sep):
            yield path[len(root) + 1 :].replace(os.sep, "/")


def _above(path: str) -> Iterator[tuple[str, str]]:
    """Yield a path with its folder, and so each folder above it."""
    while path:
        folder = path.rpartition("/")[0]
        yield path, folder
        path = folder


def _places(paths: Iterable[str]) -> set[str]:
    """Return paths and all folders above them."""
    return {place for path in paths for place, _ in _above(path.rstrip("/"))}
