"""The certificate: proof that a command line has nothing to do, checked before the engine is even imported.

A certificate is the list of everything that one complete look at the graph has relied on, and found fresh:
the files that define the graph and the engine, what was read while it was loaded, inputs, absent inputs and
outputs with their stamps, the folders that were listed, environment variables, the interpreter, and the
ledger. It holds as long as none of them has moved. A certificate that does not hold says nothing about what
is stale: the engine is loaded and finds out.

It is only issued when every stamp was settled, for a look that ran nothing and recorded nothing, and never
for a task that asks the world. Standard library only, and as little of it as possible: this is what an
everyday no-op costs, and nearly all of it is one `lstat` for each file. So names are grouped by folder and
looked at from inside of it, which spares the kernel the walk; a folder's stamps are compared as the bytes
that `marshal` makes of them (format 2, the same in all Pythons); and the loop over the files is in C.
"""

import gc
import marshal
import os
import sys
from operator import attrgetter
from zlib import crc32

VERSION = 2
FOLDER = ".buildgraph/certificates"
KEPT = 32
"""Certificates of that many command lines are kept."""
FEW = 16
"""With fewer files than that, changing to their folder costs more than it spares."""
MANY = 4096
"""More files than that are compared in parts, so that memory stays small."""

_has_asked = False

NUMBERS = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino")


def end_if_it_holds(root, argv):
    """Change to the checkout's root, and end this process if the command line has nothing to do there.

    A process asks once: of the launcher and the script that it runs, only the first.
    """
    global _has_asked
    if _has_asked:
        return
    _has_asked = True
    os.chdir(root)
    said = holds(argv)
    if said is not None:
        print(said)
        sys.exit(0)


def holds(argv, environ=os.environ):
    """Return what to print if the command line has nothing to do in the current folder, else None."""
    was_collecting = gc.isenabled()
    gc.disable()  # Tens of thousands of tuples, none of them garbage.
    try:
        return _holds(argv, environ)
    except (OSError, ValueError, EOFError, TypeError):
        return None
    finally:
        if was_collecting:
            gc.enable()


def _holds(argv, environ):
    with open(path_of(argv), "rb") as file:
        head, _, data = file.read().partition(b"\n")
    if head != b"%d %08x" % (VERSION, crc32(data)):
        return None
    found = marshal.loads(data)  # noqa: S302 (our own file, checksummed)
    interpreter, words, text, variables, groups, links, absent, folders = found
    if words != tuple(argv) or interpreter != (sys.version, sys.base_prefix):
        return None
    if variables or folders:
        from buildgraph.observe.folders import fingerprint

        if any(fingerprint(environ.get(name)) != value for name, value in variables):
            return None
    is_same = _are_there(groups) and _are_links(links) and _are_absent(absent) and _are_listed(folders)
    return text if is_same else None


def issue(argv, text, files, absent, folders, variables, environ):
    """Write the certificate of a command line: path → stamp, absent paths, path → listing, names of variables."""
    from buildgraph.observe.folders import fingerprint

    data = marshal.dumps(
        (
            (sys.version, sys.base_prefix),
            tuple(argv),
            text,
            tuple((name, fingerprint(environ.get(name))) for name in variables),
            tuple(_grouped({path: stamp for path, stamp in files.items() if len(stamp) == 4})),
            tuple((path, stamp) for path, stamp in files.items() if len(stamp) != 4),
            tuple(absent),
            tuple(folders.items()),
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


def _grouped(files):
    """Yield (folder, names, stamps) of all files; the folder is "" for paths that are looked at from the top."""
    groups, rest = {}, []
    for path in files:
        groups.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, paths in groups.items():
        if folder and len(paths) >= FEW:
            yield from _parts(folder, paths, files)
        else:
            rest += paths
    yield from _parts("", rest, files)


def _parts(folder, paths, files):
    skipped = len(folder) + 1 if folder else 0
    for start in range(0, len(paths), MANY):
        part = paths[start : start + MANY]
        stamps = marshal.dumps(tuple(tuple(files[path]) for path in part), 2)
        yield folder, "\0".join([path[skipped:] for path in part]), stamps


def _are_there(groups):
    top = os.getcwd() if os.name == "nt" else os.open(".", os.O_RDONLY)
    try:
        for folder, names, stamps in groups:
            if folder:
                os.chdir(folder)
            found = tuple(map(NUMBERS, map(os.lstat, names.split("\0"))))
            if folder:
                os.chdir(top)
            if marshal.dumps(found, 2) != stamps:
                return False
        return True
    finally:
        os.chdir(top)
        if os.name != "nt":
            os.close(top)


def _are_links(links):
    """True if the links and what they lead to are what the eight numbers say."""
    from buildgraph.observe.stamps import take

    return all((take(path) or ((),))[0] == stamp for path, stamp in links)


def _are_absent(paths):
    return not any(os.path.lexists(path) for path in paths)


def _are_listed(folders):
    """True if the folders hold the same names; an equal stamp of the folder saves reading them."""
    if folders:
        from buildgraph.observe.folders import listing, stamp
    for folder, before in folders:
        if before is None:
            if os.path.isdir(folder or "."):
                return False
            continue
        if stamp(os.stat(folder or ".")) != before[0] and listing(folder)[1] != before[1]:
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
