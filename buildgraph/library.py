"""Library: where this library's own code lies, which makes no difference to what is made.

Rules name the code that they run as if it lay in the checkout's top folder, `buildgraph/rooms/node/*.py`, and so do identities. Where it
really is, an environment's packages for one, is asked when files are looked at or a command is started.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

NAME = "buildgraph"
HOME = os.path.dirname(os.path.realpath(__file__))


def located(path: str) -> str:
    """Return where a path, a tree or a pattern of the library's code really is, relative to the current folder; every other as it is."""
    if not path.startswith(("buildgraph/", "/buildgraph/")):
        return path
    place = _above(os.getcwd())
    if not place:
        return path
    return f"/{place}{path}" if path[0] == "/" else f"{place}/{path}"


def all_located(paths: Iterable[str]) -> list[str]:
    """Return where paths are, of which some may be the library's."""
    return [located(path) for path in paths]


def is_elsewhere() -> bool:
    """Tell whether the library is not in the current folder, a checkout, so that one that comes there would be used in its stead."""
    return bool(_above(os.getcwd()))


def said(path: str, tool: str) -> str:
    """Return how rules say a path that a tool stands for, of which `located` has told where it is."""
    place = located(tool)
    return path if place == tool else path[len(_above(os.getcwd())) + 1 :]


@lru_cache(maxsize=8)
def _above(folder: str) -> str:
    """Return the folder in which the library lies, relative to a checkout; "" if that is its top folder, or if nothing is there."""
    try:
        if os.path.samefile(os.path.join(folder, NAME), HOME):
            return ""
    except OSError:
        pass
    if os.path.isdir(os.path.join(folder, NAME)):
        return ""  # A library of its own, which its commands run.
    try:
        return os.path.relpath(os.path.dirname(HOME), os.path.realpath(folder)).replace(os.sep, "/")
    except ValueError:  # On another drive of Windows.
        return os.path.dirname(HOME).replace(os.sep, "/")
