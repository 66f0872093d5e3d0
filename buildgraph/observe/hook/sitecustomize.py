"""The audit hook of `buildgraph audit`: Python imports this module by its name when it starts (site, manual of the library).

Each line of the file BUILDGRAPH_TOUCHED is `r` or `w`, a space and a path that was opened to read or to write.
"""

import os
import sys


def _begin(log):
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

    def tell(kind, path):
        if isinstance(path, (str, bytes, os.PathLike)):
            os.write(file, b"%s %s\n" % (kind, os.fsencode(os.path.abspath(path))))

    def hear(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            is_written = (flags or 0) & writing if mode is None else mode.strip("rbtU")
            tell(b"w" if is_written else b"r", path)
        elif event in ("os.rename", "os.link", "os.symlink"):
            tell(b"w", arguments[1])

    sys.addaudithook(hear)


if "BUILDGRAPH_TOUCHED" in os.environ:
    _begin(os.environ["BUILDGRAPH_TOUCHED"])
