"""Keys: the digest of everything that decides a result, in the parts of an Action of the Remote Execution API.

They are the identity and the inputs' digests, which the ledger compares, and what is the same within one checkout but not on every
machine: the fixed environment, the umask, the C library and release of the system, and an interpreter that a lock does not name.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from buildgraph.act.environment import FIXED
from buildgraph.decide.staleness import Trace
from buildgraph.layout import TOOLS
from buildgraph.observe.digests import of_bytes
from buildgraph.rules.values import Rule

FORMAT = 1
"""Another one for other entries, and for results that would be made in another way."""


def key_of(rule: Rule, trace: Trace, umask: int) -> str:
    """Return the key of what a task with this trace makes; one that discovers inputs has a choice of results there."""
    return _digest(
        FORMAT,
        trace.identity,
        trace.inputs,
        sorted(rule.may_be_empty),
        rule.discovers,
        FIXED,
        umask,
        _machine(bool(trace.identity["interpreter"])),
    )


def key_among(key: str, discovered: Mapping[str, str], folders: Mapping[str, str]) -> str:
    """Return the key of the result among those of a key that goes with these digests."""
    return _digest(key, discovered, folders)


def _digest(*parts: object) -> str:
    return of_bytes(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode("ascii"))


def _machine(is_python: bool) -> list[str]:
    """Return what programs find on every machine, and what differs."""
    return [*_system(), *(_interpreter() if is_python else ())]


@lru_cache(maxsize=1)
def _system() -> tuple[str, str]:
    """Return which C library and which system this is: its programs are found on the fixed `PATH`."""
    library = release = ""
    with suppress(AttributeError, ValueError, OSError):
        library = os.confstr("CS_GNU_LIBC_VERSION") or ""
    with suppress(OSError), open("/etc/os-release", "rb") as file:
        release = of_bytes(file.read())
    return library, release if release or os.name == "nt" else os.uname().release


def _interpreter() -> list[str]:
    """Return what an identity does not say of `python`: nothing if its folder is named by the digest of its lock."""
    above = os.path.dirname(sys.prefix).replace(os.sep, "/")
    if f"/{above}".endswith(f"/{TOOLS}"):
        return []
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = os.path.join(sys.prefix, "lib", version, "site-packages")
    try:
        moved = os.stat(packages).st_mtime_ns
    except OSError:
        moved = 0
    return [sys.version, os.path.realpath(sys.prefix), str(moved)]
