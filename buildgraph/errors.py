"""The one error that a user of the build sees."""

from __future__ import annotations

import errno
import os

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""How a system says that a write failed, where it does not say of which file."""

UNWRITABLE = (*FULL, errno.EROFS, errno.EACCES, errno.EPERM)
"""How it says that a file that it names may not be written."""


class BuildError(Exception):
    """A mistake or a failure that one sentence explains: what happened, where, and what to do next."""

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        super().__init__(what, where, hint)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}." + (f" {self.hint}" if self.hint else "")


def syntax_error(error: SyntaxError) -> BuildError:
    """Return the sentence for a file that Python cannot parse."""
    where = os.path.relpath(error.filename) if error.filename else "dodo.py"
    where += f", line {error.lineno}" if error.lineno else ""
    where += f", column {error.offset}" if error.lineno and error.offset else ""
    return BuildError(str(error.msg), where)


def cannot_write(path: str, error: OSError) -> BuildError:
    """Return the sentence for a file or folder of the checkout that could not be written."""
    return BuildError(f"cannot write '{path}': {error.strerror}", "", "Free space or make it writable.")


class Interrupted(BaseException):
    """The user or the system asked the run to end (Ctrl-C, SIGTERM, SIGHUP)."""
