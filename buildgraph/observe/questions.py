"""Questions: what is asked while the graph is defined and can be asked again, with the answer that it had.

Python has no audit event for them. A question is the name of a function and its arguments, as plain data, so that a certificate can keep
it. Standard library only: this is also read before the engine is imported.
"""

import os
import sys

FIELDS = {
    "system": "sysname",
    "node": "nodename",
    "release": "release",
    "version": "version",
    "machine": "machine",
}
"""Function of `platform` → the field of `os.uname()` that it tells on Linux."""


def _uname():
    return tuple(os.uname())


def _affinity(pid):
    return tuple(sorted(os.sched_getaffinity(pid)))


def _platform(name):
    # To import `platform` costs as much as all the rest of a certificate.
    if sys.platform == "linux" and name in FIELDS:
        return getattr(os.uname(), FIELDS[name])
    import platform

    return str(getattr(platform, name)())


PATHS = ("exists", "lexists", "isdir", "isfile", "islink", "ismount", "realpath", "expanduser")
"""Functions of `os.path`."""
METHODS = {
    "exists": "exists",
    "is_dir": "isdir",
    "is_file": "isfile",
    "is_symlink": "islink",
    "is_mount": "ismount",
}
"""Method of `pathlib.Path` → the function of `os.path` that answers alike."""
OF_USER = ("getuid", "geteuid", "getgid", "getegid", "getlogin", "cpu_count", "process_cpu_count")
"""Functions of `os` without arguments."""
OF_PLATFORM = (
    "node",
    "uname",
    "system",
    "machine",
    "release",
    "version",
    "processor",
    "platform",
    "architecture",
)
"""Functions of `platform`, which remembers its answers."""

ASKED = {name: getattr(os.path, name) for name in PATHS}
ASKED.update((name, getattr(os, name)) for name in OF_USER if hasattr(os, name))
ASKED.update(access=os.access, uname=_uname, sched_getaffinity=_affinity, platform=_platform)
"""Name → the function that answers."""


def answer(name, arguments):
    """Return the answer to a question, in the types of `marshal`; the number of an error is one, too."""
    try:
        return ASKED[name](*arguments)
    except OSError as error:
        return ("error", error.errno)


def are_answered(questions):
    """Tell whether each of the questions, (name, arguments, answer), has the same answer now."""
    return all(answer(name, arguments) == before for name, arguments, before in questions)
