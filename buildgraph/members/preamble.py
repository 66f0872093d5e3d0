"""Preamble: what a bundle does first, before anything of it is unpacked. Its text is put at a bundle's head, so any Python has to read it."""

import os
import sys

PEX_ROOT = "PEX_ROOT"


def system():
    """Return the system and the machine that a bundle's compiled code is for."""
    if hasattr(os, "uname"):
        return "%s-%s" % (sys.platform, os.uname()[4])
    return "%s-%s" % (sys.platform, os.environ.get("PROCESSOR_ARCHITECTURE", ""))


def refuse_other(name, python, platform):
    """End with a sentence if another Python, or that of another system, has been asked to run a bundle."""
    found = ("%d.%d" % sys.version_info[:2], system())
    if found != (python, platform):
        told = "%s is made for Python %s on %s, and this is Python %s on %s. Start it by that Python: 'python%s %s'."
        sys.exit(told % (name, python, platform, found[0], found[1], python, name))


def find_place(name):
    """Have a bundle unpack below the folder of temporary files if there is no home in which it could.

    Without that, it would unpack anew with each start, and say so at length.
    """
    import stat
    import tempfile

    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    while not os.path.exists(home) and os.path.dirname(home) != home:
        home = os.path.dirname(home)
    if PEX_ROOT in os.environ or not hasattr(os, "getuid"):
        return
    if os.path.isabs(home) and os.path.isdir(home) and os.access(home, os.W_OK | os.X_OK):
        return
    place = os.path.join(tempfile.gettempdir(), "%s-%d" % (name, os.getuid()))
    try:
        os.mkdir(place, 0o700)
    except OSError:
        pass  # It is there, or cannot be.
    try:
        status = os.lstat(place)
    except OSError:
        return
    # A folder that somebody else could write to would be somebody else's code.
    if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077:
        os.environ[PEX_ROOT] = place


def hush():
    """Keep quiet of what pex itself imports from a package that a bundle holds, and what that package has to say of it."""
    import warnings

    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
