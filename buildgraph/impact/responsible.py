"""Responsible: whose code asked for something, by the nearest frame that is not the standard library's."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import FrameType

IMPORT = "import"  # the import system, which looks for modules and reads sources: imports are told otherwise
TOOL = "tool"  # pytest, coverage.py and this package: what they read for themselves changes no result
CODE = "code"

OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
TOOLS = tuple(
    f"{os.sep}site-packages{os.sep}{each}{os.sep}"
    for each in ("_pytest", "pytest", "pluggy", "xdist", "execnet", "coverage", "pytest_cov")
)
PYTESTER = f"_pytest{os.sep}pytester.py"


class Responsible:
    """Classifies frames; each file's answer is kept."""

    def __init__(self) -> None:
        paths = sysconfig.get_paths()
        self._standard = (paths["stdlib"] + os.sep, paths["platstdlib"] + os.sep, "<frozen")
        self._kinds: dict[str, str] = {}

    def __call__(self, frame: FrameType | None) -> str:
        """Return who asked: IMPORT, TOOL or CODE."""
        if frame is not None and self._is_importing(frame):
            return IMPORT
        while frame is not None:
            path = frame.f_code.co_filename
            kind = self._kinds.get(path)
            if kind is None:
                kind = self._kinds[path] = self._kind(path)
            if kind:
                return kind
            frame = frame.f_back
        return CODE

    def is_direct(self, frame: FrameType) -> bool:
        """Tell whether a frame is itself neither the standard library's nor a tool's."""
        return self._kind(frame.f_code.co_filename) == CODE

    def _kind(self, path: str) -> str:
        if any(each in path for each in TOOLS) and not path.endswith(PYTESTER):
            return TOOL
        is_standard = path.startswith(self._standard) and "site-packages" not in path
        return "" if is_standard or path.startswith(OURS) else CODE

    @staticmethod
    def _is_importing(frame: FrameType) -> bool:
        """Tell the import system from `pkgutil.get_data`, which reads data through a loader."""
        if not frame.f_code.co_filename.startswith("<frozen importlib"):
            return False
        caller = frame.f_back
        if frame.f_code.co_name != "get_data" or caller is None:
            return True
        return caller.f_code.co_filename.startswith("<frozen importlib")


def caller(depth: int) -> FrameType:
    """Return the frame that called, so many calls above."""
    return sys._getframe(depth + 1)
