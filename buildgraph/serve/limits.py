"""Limits: which limit of inotify(7) an error of the watcher speaks of, and how it is raised."""

from __future__ import annotations

from pathlib import Path

# What the kernel says, the limit that is reached, and a value that suffices for large checkouts.
LIMITS = (("watch limit", "max_user_watches", 524288), ("Too many open files", "max_user_instances", 1024))


def refused(error: Exception) -> str:
    """Return the limit that an error says is reached, and how to raise it; "" for any other error."""
    for said, limit, enough in LIMITS:
        if said in str(error):
            name = f"fs.inotify.{limit}"
            return f"the system's limit of watched files is reached ({name} is {_value(limit)}); to raise it: 'sudo sysctl {name}={enough}'"
    return ""


def _value(name: str) -> str:
    """Return the limit that holds: a user namespace may have a lower one (proc(5))."""
    found = []
    for path in (f"/proc/sys/fs/inotify/{name}", f"/proc/sys/user/{name.replace('max_user', 'max_inotify')}"):
        try:
            found.append(int(Path(path).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return str(min(found)) if found else "not known"
