"""Caches: where this user's caches lie by the custom of the system; as `platformdirs` says it, which an edit cannot import."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

NAME = "buildgraph"


def user_cache(environ: Mapping[str, str]) -> str:
    """Return the folder of what this user's checkouts share."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), "AppData", "Local")
        return os.path.join(base, NAME)
    said = environ.get("XDG_CACHE_HOME", "").strip()
    if os.path.isabs(said):  # A relative one is to be ignored (XDG Base Directory Specification).
        return os.path.join(said, NAME)
    home = environ.get("HOME") or os.path.expanduser("~")
    return os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache", NAME)
