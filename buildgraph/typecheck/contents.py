"""Contents: a plugin by which mypy's cache knows a source by its content.

mypy takes a source for the one that it has checked if its size and the whole second of its modification are the same. An edit of
equal size within that second, or a file that comes back with its old time, would pass unread. What a plugin says of a module is kept
next to it, and a module of which it says something else is checked anew (`Plugin.report_config_data`). This one says the digest of
its content. The settings of mypy name it by its path, so that any way to start mypy finds it.

mypy reads a source between the two times that it asks for its digest, so what is saved meanwhile is never believed.
"""

import hashlib
import os
import time
import uuid

from mypy.options import Options
from mypy.plugin import Plugin, ReportConfigContext

MARGIN_SECONDS = 2.0
"""The coarsest time of a file system: FAT's."""


def evidence(path: str, began: float) -> str:
    """Return a text that is the same as long as a file's content is; one like no other if it was saved after a time, or just before."""
    if os.path.isdir(path):  # A package without an `__init__.py`.
        return ""
    try:
        status = os.stat(path)
        if max(status.st_mtime, status.st_ctime) <= began - MARGIN_SECONDS:
            with open(path, "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()
    except OSError:  # It has gone, or there was none (`mypy -c`).
        pass
    return uuid.uuid4().hex


class Contents(Plugin):
    """Tells mypy the content of each module."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._began = time.time()

    def report_config_data(self, ctx: ReportConfigContext) -> str:
        return evidence(ctx.path, self._began)


def plugin(version: str) -> type[Plugin]:
    """Return the plugin, for any version of mypy."""
    return Contents
