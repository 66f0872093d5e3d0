"""Telling: a failure shows the project's own frames, and one that many tests share is shown once.

A bug in a view is raised below some tens of frames of frameworks, and in each test that asks for its page. What pytest says with options of its
own (`--tb=…`, `--full-trace`, `--pdb`) is left as it is, and so is what other reporters get.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from types import TracebackType

import pytest

from .paths import Paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


SAME = "The same failure in"


class Telling:
    """Shortens what is told of failures."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Leave the frames of others out of the tracebacks of an exception and of those that it came from."""
        option = item.config.option
        if call.excinfo is None or option.tbstyle != "auto" or option.fulltrace or option.usepdb:
            return
        for error in _chain(call.excinfo.value):
            error.__traceback__ = self._own(error.__traceback__) or error.__traceback__
        if frames := call.excinfo.value.__traceback__:
            call.excinfo.traceback = type(call.excinfo.traceback)(frames)

    def _own(self, frames: TracebackType | None) -> TracebackType | None:
        """Return a traceback of the project's frames alone; None if there is none."""
        own: list[TracebackType] = []
        while frames is not None:
            if self._is_own(frames.tb_frame.f_code.co_filename):
                own.append(frames)
            frames = frames.tb_next
        made: TracebackType | None = None
        for each in reversed(own):
            made = TracebackType(made, each.tb_frame, each.tb_lasti, each.tb_lineno)
        return made

    def _is_own(self, path: str) -> bool:
        return os.path.isabs(path) and self._paths.is_project(self._paths.key(path))

    @pytest.hookimpl(
        wrapper=True, tryfirst=True
    )  # around the reporter, which shows the failures before it yields
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None]:
        """Have a failure that other tests share told in the first of them."""
        first: dict[tuple[str, int, str], pytest.TestReport] = {}
        same: dict[str, list[str]] = {}
        for report in (*terminalreporter.stats.get("error", ()), *terminalreporter.stats.get("failed", ())):
            crash = _crash(report)
            if crash is None:
                continue
            shown = first.setdefault((crash.path, crash.lineno, crash.message), report)
            if shown is not report:
                same.setdefault(shown.nodeid, []).append(report.nodeid)
                report._pdbshown = True  # What pytest's reporter does not show again.
        for shown in first.values():
            if shown.nodeid in same:
                shown.sections.append((SAME, "\n".join(same[shown.nodeid])))
        return (yield)


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and those that it came from."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__  # type: ignore[assignment] # None ends it
    return found


def _crash(report: pytest.TestReport) -> Any:
    """Return where a report says that something was raised, None if that is in the test's own file or not known."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if (
        crash is None
        or not crash.message
        or crash.path.replace(os.sep, "/").endswith(report.nodeid.partition("::")[0])
    ):
        return None
    return crash
