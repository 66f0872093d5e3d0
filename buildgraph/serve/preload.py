"""Preload: installed modules that are imported before any worker is forked, learned from the last boot that was good.

A module is left out if importing it leaves behind what a fork cannot take along (a thread, a connection) or imports the application.
This process is then of no use any more: it says which module it was and ends, and the next one leaves that out.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence

from . import system
from .paths import is_application, is_installed

NEVER = frozenset({"__main__", "__mp_main__", "antigravity", "this", "idlelib", "turtle", "site", "sitecustomize", "usercustomize", "pdb"})  # fmt: skip
MONKEYS = ("gevent", "eventlet")
"""What replaces parts of Python at a moment that the application chooses."""


def learned(modules: Iterable[tuple[str, object]]) -> list[str]:
    """Return the names of the installed modules among those that are imported, in their order."""
    found = []
    for name, module in modules:
        origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
        if name in NEVER or not isinstance(origin, str):
            continue
        if origin in ("built-in", "frozen") or is_installed(os.path.realpath(origin)):
            found.append(name)
    return found


def without(names: Iterable[str], left_out: Iterable[str]) -> list[str]:
    """Return the names without those that are left out, nor what lies in them."""
    out = tuple(left_out)
    return [
        name for name in names if not any(name == each or name.startswith(f"{each}.") for each in (*out, *MONKEYS))
    ]  # fmt: skip


def preload(
    names: Sequence[str], has_read: Callable[[], bool]
) -> tuple[int, dict[str, str], tuple[str, str] | None]:
    """Import modules; return how many could be, why others could not, and what makes this process useless, if anything.

    `has_read` tells whether what was imported so far has read files of the application, which may change.
    """
    before = system.connections() | system.shared_memory()
    count, failed = 0, {}
    for name in names:
        if name in sys.modules:
            count += 1
            continue
        had = len(sys.modules)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            count += 1
        why = "it reads files of the application" if has_read() else _obstacle(before, had)
        if why:
            return count, failed, (name, why)
    return count, failed, None


def _obstacle(before: set[str], had: int) -> str:
    if system.threads() > 1:
        return "it starts a thread"
    if (system.connections() | system.shared_memory()) - before:
        return "it opens a connection, keeps a file open, or shares memory"
    for name, module in list(sys.modules.items())[had:]:
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and is_application(os.path.realpath(file)):
            return f"it imports '{name}' of the application"
    return ""
