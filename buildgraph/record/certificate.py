"""The certificate: proof that a command line has nothing to do, checked before the engine is even imported.

A certificate is the list of everything that one complete look at the graph has relied on, and found fresh:
the files that define the graph and the engine, what was read while it was loaded, inputs, absent inputs and
outputs with their stamps, the folders that were listed, environment variables, and the ledger. It holds as
long as none of them has moved. A certificate that does not hold says nothing about what is stale: the engine
is loaded and finds out.

It is only issued when every stamp was settled, for a look that ran nothing and recorded nothing, and never
for a task that asks the world. The file is one checksummed line and a `marshal` of plain tuples (format 2,
the same in all Pythons). Standard library only, and as little of it as possible: this is what an everyday
no-op costs.
"""

from __future__ import annotations

import gc
import marshal
import os
import stat
from zlib import crc32

from buildgraph.observe.folders import fingerprint, listing
from buildgraph.observe.folders import stamp as folder_stamp

VERSION = 1
FOLDER = ".buildgraph/certificates"
KEPT = 32
"""Certificates of that many command lines are kept."""


def holds(argv, environ=os.environ):
    """Return what to print if the command line has nothing to do in the current folder, else None."""
    was_collecting = gc.isenabled()
    gc.disable()  # Tens of thousands of tuples, none of them garbage: a fifth of the time.
    try:
        return _holds(argv, environ)
    finally:
        if was_collecting:
            gc.enable()


def _holds(argv, environ):
    try:
        with open(path_of(argv), "rb") as file:
            head, _, data = file.read().partition(b"\n")
        if head != b"%d %08x" % (VERSION, crc32(data)):
            return None
        words, text, files, absent, folders, variables = marshal.loads(data)  # noqa: S302 (our own file, checksummed)
        if words != tuple(argv):
            return None
        for name, value in variables:
            if fingerprint(environ.get(name)) != value:
                return None
        return text if _are_there(files) and _are_absent(absent) and _are_listed(folders) else None
    except (OSError, ValueError, EOFError, TypeError):
        return None


def issue(argv, text, files, absent, folders, variables, environ):
    """Write the certificate of a command line: path → stamp, absent paths, path → listing, names of variables."""
    data = marshal.dumps(
        (
            tuple(argv),
            text,
            tuple(files.items()),
            tuple(absent),
            tuple(folders.items()),
            tuple((name, fingerprint(environ.get(name))) for name in variables),
        ),
        2,
    )
    path = path_of(argv)
    temporary = f"{path}.{os.getpid()}.new"
    os.makedirs(FOLDER, exist_ok=True)
    with open(temporary, "wb") as file:
        file.write(b"%d %08x\n" % (VERSION, crc32(data)) + data)
    os.replace(temporary, path)
    _prune()


def path_of(argv):
    """Return the path of the command line's certificate."""
    return f"{FOLDER}/{crc32(chr(0).join(argv).encode('utf-8', 'surrogateescape')):08x}"


def _are_there(files):
    lstat = os.lstat
    for path, stamp in files:
        status = lstat(path)
        found = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
        if found != stamp and not (len(stamp) == 8 and _is_link(path, status, stamp)):
            return False
    return True


def _is_link(path, status, stamp):
    """True if the link and what it leads to are what the eight numbers say."""
    if not stat.S_ISLNK(status.st_mode):
        return False
    behind = os.stat(path)
    both = ()
    for each in (status, behind):
        both += (each.st_mtime_ns, each.st_ctime_ns, each.st_size, each.st_ino)
    return both == stamp


def _are_absent(paths):
    return not any(os.path.lexists(path) for path in paths)


def _are_listed(folders):
    """True if the folders hold the same names; an equal stamp of the folder saves reading them."""
    for folder, before in folders:
        if before is None:
            if os.path.isdir(folder or "."):
                return False
            continue
        if folder_stamp(os.stat(folder or ".")) != before[0] and listing(folder)[1] != before[1]:
            return False
    return True


def _prune():
    """Remove the oldest certificates beyond those that are kept."""
    names = [os.path.join(FOLDER, name) for name in os.listdir(FOLDER)]
    if len(names) > KEPT:
        for path in sorted(names, key=os.path.getmtime)[:-KEPT]:
            try:
                os.unlink(path)
            except OSError:
                continue
