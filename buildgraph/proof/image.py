"""The image: the compiled modules of the library that a run imports, in one file, for the launcher.

To find, to check and to read seventy bytecode files costs more than what they hold. The image has the code of each module with the
stamp of its source, and the stamps of the folders in which sources lie, since a new file there could be imported
in the place of another. It counts as a whole: only if nothing of all that has moved. It is written at the end of a run that has
imported a module that it does not hold, from bytecode that is of its source (`act/bytecode.py`), and only if all stamps were settled
before the first of it was read. What is not in it is imported as ever.

Standard library only, and little of it: the launcher reads it before all else.
"""

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # `importlib.machinery` is what this is to spare.
from zlib import crc32

from buildgraph.proof.certificate import NONE, NUMBERS, place_now

PATH = ".buildgraph/image"
VERSION = 1
LIBRARY = "buildgraph"


class Image:
    """Module → (file, whether it is a package, marshalled code); a finder and a loader (PEP 451)."""

    def __init__(self, modules):
        self.modules = modules

    def find_spec(self, name, path=None, target=None):
        """Return the specification of a module that is in the image, else None."""
        if name not in self.modules:
            return None
        file, is_package, _ = self.modules[name]
        spec = ModuleSpec(name, self, origin=file, is_package=is_package)
        if is_package:
            spec.submodule_search_locations.append(os.path.dirname(file))
        return spec

    def create_module(self, spec):
        """Let Python make the module."""

    def exec_module(self, module):
        """Run the module's code."""
        file, _, code = self.modules[module.__name__]
        module.__file__ = file
        exec(marshal.loads(code), vars(module))  # noqa: S102, S302 (our own file, checksummed; its source is unmoved)


def read():
    """Return the image of this checkout, an empty one if there is none that counts."""
    try:
        with open(PATH, "rb") as file:
            head, _, data = file.read().partition(b"\n")
        if head != b"%d %08x" % (VERSION, crc32(data)):
            return Image({})
        place, paths, stamps, modules = marshal.loads(data)  # noqa: S302 (our own file, checksummed)
        is_same = place == place_now() and stamps_of(paths) == stamps
    except NONE:
        return Image({})
    return Image(modules if is_same else {})


def stamps_of(paths):
    """Return the stamps of files and folders; raise OSError if one of them is not there."""
    return tuple(map(NUMBERS, map(os.lstat, paths)))


def write(image):
    """Write the image anew if this process has imported a module of the library that it does not hold."""
    imported = {
        name: module.__spec__
        for name, module in sys.modules.items()
        if name.partition(".")[0] == LIBRARY and module.__spec__.loader is not image
    }
    if imported.keys() <= image.modules.keys():
        return
    from buildgraph.act import bytecode
    from buildgraph.files import write_bytes
    from buildgraph.observe.stamps import is_settled
    from buildgraph.record.lock import clock_ns

    files = {name: spec.origin for name, spec in imported.items()}
    files.update((name, file) for name, (file, _, _) in image.modules.items())
    paths = sorted({*files.values(), *map(os.path.dirname, files.values())})
    try:
        now, stamps = clock_ns()(), stamps_of(paths)
        if not all(is_settled(stamp, now) for stamp in stamps):
            return
        bytecode.distrust(files.values())
        modules = dict(image.modules)
        for name, spec in imported.items():
            is_package = spec.submodule_search_locations is not None
            modules[name] = spec.origin, is_package, marshal.dumps(spec.loader.get_code(name))
        if stamps_of(paths) == stamps:
            data = marshal.dumps((place_now(), paths, stamps, modules))
            write_bytes(PATH, b"%d %08x\n" % (VERSION, crc32(data)) + data)
    except OSError:  # There is none, then; what cannot be read or written is told where it matters.
        return
