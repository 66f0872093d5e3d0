"""The certificate: proof that a command line has nothing to do, checked before the engine is even imported.

A certificate is the list of everything that one complete look at the graph has relied on, and found fresh. It has
two parts of one shape: the definitions (the files that define the graph and the engine, what was read while it was
loaded) and the state (inputs, absent inputs and outputs with their stamps, the folders that were listed, environment
variables, what else was asked with its answer, and the ledger). It holds as long as nothing of it has moved. One that does not hold is still evidence
(`contents.py`, `proof/evidence.py`); one without a text is doubted: it never holds.

It is only issued when every stamp was settled, for a look that ran nothing and recorded nothing, and never
for a task that depends on outside state. Standard library only, and as little of it as possible: this is what an
everyday no-op costs, and nearly all of it is one `lstat` for each file. So names are grouped by folder and
looked at from inside of it, which spares the kernel the walk; a folder's stamps are compared as the bytes
that `marshal` makes of them (format 2, the same in all Pythons); and the loop over the files is in C.
"""

import _signal  # Not `signal`, whose enumerations cost what a tenth of a no-op does.
import gc
import marshal
import os
import sys
from operator import attrgetter
from zlib import crc32

VERSION = 6
FOLDER = ".buildgraph/certificates"

UNREAD = 141
"""The exit code if the reader of the output has gone, as `outlet.py` has it."""

NONE = (OSError, ValueError, EOFError, TypeError)
"""What reading a certificate raises if there is none that counts."""

_has_asked = False
_read: dict = {}
"""Command line → what its certificate says, and whether its definitions hold, as this process has found when it asked."""

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
    was_raising = _end_silently()
    said = holds(argv, note=_read)
    if said is not None:
        try:
            print(said, flush=True)
        except BrokenPipeError:
            os._exit(UNREAD)  # At an ordinary exit, Python would try again and complain.
        sys.exit(0)
    if was_raising:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)


def _end_silently():
    """Let Ctrl-C end this process as the system does, and tell whether it raised before: what raises in a generator that is given up is told."""
    try:
        if _signal.getsignal(_signal.SIGINT) is not _signal.default_int_handler:
            return False
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    except ValueError:  # Only the main thread may.
        return False
    return True


def holds(argv, environ=os.environ, note=None):
    """Return what to print if the command line has nothing to do in the current folder, else None.

    A `note` is told what was read, and whether the definitions hold.
    """
    was_collecting = gc.isenabled()
    gc.disable()  # Tens of thousands of tuples, none of them garbage.
    try:
        return _holds(argv, environ, {} if note is None else note)
    except NONE:
        return None
    finally:
        if was_collecting:
            gc.enable()


def _holds(argv, environ, note):
    found = read(argv)
    is_current = is_same(found[1], environ)
    note[tuple(argv)] = found, is_current
    return found[0] if is_current and is_same(found[2], environ) else None


def noted(argv):
    """Return what `read` does, and whether the definitions hold, as `end_if_it_holds` has found them, or else found now."""
    found = _read.pop(tuple(argv), None)
    if found is None:
        words = read(argv)
        found = words, is_same(words[1], os.environ)
    return found


def is_defined(argv):
    """True if `end_if_it_holds` has found that the definitions hold: no file of the engine has changed since they were certified."""
    return tuple(argv) in _read and _read[tuple(argv)][1]


def read(argv):
    """Return what the command line's certificate says; raise if it has none that counts.

    That is text, definitions, state, mark, graph and selection, as `contents.issue` describes them.
    """
    with open(path_of(argv), "rb") as file:
        words, place, *found = checked(file.read())
    if words != tuple(argv) or place != place_now():
        raise ValueError("of another command line")
    return found


def checked(content):
    """Return what a certificate's file says; raise if it is damaged or of another version."""
    head, _, data = content.partition(b"\n")
    if head != b"%d %08x" % (VERSION, crc32(data)):
        raise ValueError("damaged, or of another version")
    return marshal.loads(data)  # noqa: S302 (our own file, checksummed)


def place_now():
    """Return what else a certificate is for: this folder, since definitions have absolute paths, this Python and machine."""
    machine = os.uname().machine if hasattr(os, "uname") else ""
    return (os.getcwd(), sys.version, sys.base_prefix, sys.platform, machine)


def is_same(part, environ):
    """Tell whether nothing of a part (variables, groups of files, links, absent paths, folders, questions) has moved."""
    variables, groups, links, absent, folders, questions = part
    if variables or folders:
        from buildgraph.observe.folders import fingerprint

        if any(fingerprint(environ.get(name)) != value for name, value in variables):
            return False
    is_there = next(differing(groups), None) is None
    if not (is_there and _are_links(links) and _are_absent(absent) and _are_listed(folders)):
        return False
    if questions:
        from buildgraph.observe.questions import are_answered

        return are_answered(questions)
    return True


def path_of(argv):
    """Return the path of the command line's certificate."""
    return f"{FOLDER}/{crc32(chr(0).join(argv).encode('utf-8', 'surrogateescape')):08x}"


def differing(groups):
    """Yield the groups of files, (folder, names, stamps), of which a file has changed, with the stamps now.

    Those are None if a file has gone.
    """
    top = os.getcwd() if os.name == "nt" else os.open(".", os.O_RDONLY)
    try:
        for folder, names, stamps in groups:
            try:
                if folder:
                    os.chdir(folder)
                found = tuple(map(NUMBERS, map(os.lstat, names.split("\0"))))
            except OSError:
                found = None
            if folder:
                os.chdir(top)
            if found is None or marshal.dumps(found, 2) != stamps:
                yield (folder, names, stamps), found
    finally:
        os.chdir(top)
        if not isinstance(top, str):
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
