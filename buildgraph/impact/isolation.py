"""Isolation: tests run in children that are forked from a process in which no test ever ran, so that none hits a cache that another one has filled.

The parent imports, and sets up what is wider than the child: for one test, all fixtures of its classes and modules; for a file, those of its folders and the session. The child has
the rest, sends its reports and what it was charged with, and ends. Where tests share a process (those of a file on a first run; all of them where there is no fork, or with a
debugger), each test also uses the one before it: that is sound and coarse, and made precise as soon as the test runs again by itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from typing import IO

import pytest
from _pytest.outcomes import OutcomeException
from _pytest.runner import CallInfo, runtestprotocol

from .contexts import of_test
from .fixtures import Fixtures
from .recorder import Recorder
from .within import Within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from _pytest.nodes import Node

TEST, FILE, PROCESS = "test", "file", "process"
AUTO = "auto"
MANY = 200
"""Above so many tests, "auto" forks for each file: a fork costs some 10 ms, and a first run is all of them."""
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
"""macOS forks, but its system libraries do not survive it (Python's documentation of multiprocessing)."""
OUTCOMES = (OutcomeException, Exception)


def kind_of(asked: str, count: int, has_debugger: bool) -> str:
    """Return how to isolate."""
    if not CAN_FORK or has_debugger:
        return PROCESS
    return asked if asked != AUTO else TEST if count <= MANY else FILE


class Child:
    """A forked process that runs items when it is told to."""

    def __init__(
        self, session: pytest.Session, recorder: Recorder, fixtures: Fixtures, within: Within
    ) -> None:
        self._session, self._recorder, self._fixtures, self._within = session, recorder, fixtures, within
        ours, theirs = os.pipe(), os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # of threads: fixtures' servers stay in the parent
            with recorder.quiet():
                self.pid = os.fork()
        if not self.pid:
            os.close(ours[0])
            os.close(theirs[1])
            self._live(theirs[0], ours[1])
        os.close(ours[1])
        os.close(theirs[0])
        self._from_child: IO[str] = open(ours[0], encoding="utf-8")  # noqa: SIM115
        self._to_child: IO[str] = open(theirs[1], "w", encoding="utf-8")  # noqa: SIM115

    def run(self, number: int, following: int | None) -> dict:
        """Have it run the session's item of a number, its last one if none follows; return what it sends."""
        with contextlib.suppress(BrokenPipeError):
            self._to_child.write(json.dumps([number, following]) + "\n")
            self._to_child.flush()
        line = self._from_child.readline()
        if line.endswith("\n"):
            return json.loads(line)
        return {"crash": self.end()}

    def end(self) -> str:
        """Have it end; return how it did."""
        with contextlib.suppress(BrokenPipeError):
            self._to_child.close()
        self._from_child.close()
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _live(self, commands: int, answers: int) -> None:
        """Serve the parent, and end without a trace."""
        code = 1
        try:
            self._recorder.forked()
            self._fixtures.started.clear()
            self._within.take()
            self._within.be_alone(self._session.config)
            base = list(self._session._setupstate.stack)
            with open(commands, encoding="utf-8") as file, open(answers, "w", encoding="utf-8") as answer:
                for line in file:
                    number, following = json.loads(line)
                    answer.write(json.dumps(self._item(number, following, base[-1]), default=str) + "\n")
                    answer.flush()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _item(self, number: int, following: int | None, base: Node) -> dict:
        """Run one item; the last one of a child tears down to what the parent has set up."""
        item = self._session.items[number]
        nextitem: Any = base if following is None else self._session.items[following]
        with warnings.catch_warnings(record=True) as heard, self._recorder.charged(of_test(item.nodeid)):
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            reports = [*self._within.take(), *reports]
            if following is None:
                call = CallInfo.from_call(self._fixtures.finish_started, when="teardown")
                if call.excinfo:
                    reports.append(item.ihook.pytest_runtest_makereport(item=item, call=call))
        hook = item.config.hook
        return {
            "reports": [
                hook.pytest_report_to_serializable(config=item.config, report=each) for each in reports
            ],
            "warnings": [
                [each.category.__name__, str(each.message), each.filename, each.lineno] for each in heard
            ],
            "contexts": {label: each.to_plain() for label, each in self._recorder.take().items()},
            "ran": self._recorder.ran.take_added(),
            "closed": self._recorder.take_closed(),
        }


def prepare(item: pytest.Item, kind: str) -> None:
    """Set up in the parent what is wider than the child; an error is kept by pytest and met again in the child."""
    node: Any = (
        item.parent if kind == TEST else file_of(item).parent
    )  # pytest sets up whatever is above an item
    scopes = ("session", "package", "module", "class") if kind == TEST else ("session", "package")
    state = item.session._setupstate
    with contextlib.suppress(*OUTCOMES):
        state.setup(node)
        if any(next(item.iter_markers(name), None) for name in ("skip", "skipif")):
            return  # It may want no fixtures at all.
        state.stack[item] = ([], None)  # pytest refuses a test's fixtures while it is not being set up
        try:
            for fixture in _fixtures(item, scopes):
                item._request.getfixturevalue(fixture)  # type: ignore[attr-defined] # only functions have fixtures, and requests
        finally:
            state.stack.pop(item)


def _fixtures(item: pytest.Item, scopes: tuple[str, ...]) -> Iterator[str]:
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for name in getattr(item, "fixturenames", ()):
        found = known.get(name)
        if found and found[-1].scope in scopes:
            yield name


def file_of(item: pytest.Item) -> pytest.Collector:
    """Return the node of an item's file."""
    return next(each for each in item.listchain() if isinstance(each, pytest.File))


def freeze() -> None:
    """Keep the collector of garbage from going over what the parent has, and a child so from copying it."""
    gc.collect()
    gc.freeze()
