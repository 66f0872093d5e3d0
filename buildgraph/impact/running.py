"""Running: each selected test in a child, its reports handed to pytest, its trace appended to the store at once."""

from __future__ import annotations

import builtins
import contextlib
import threading
import warnings

import pytest
from _pytest.reports import TestReport
from _pytest.runner import CallInfo, runtestprotocol

from . import isolation, store
from .contexts import SESSION, THREADS, Context, of_collection, of_test
from .fixtures import Fixtures
from .flaky import is_flaky
from .isolation import FILE, PROCESS
from .validity import FAILED
from .within import Within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .session import Session


class Running:
    """Takes the place of pytest's own protocol for a test."""

    def __init__(self, session: Session, writer: store.Writer, fixtures: Fixtures) -> None:
        self._session = session
        self._recorder = session.recorder
        self._writer = writer
        self._fixtures = fixtures
        self._within = Within()
        session.config.pluginmanager.register(self._within, "impact-within")
        self._child: isolation.Child | None = None
        self._translation: dict[int, int] = {}  # the child's numbers of arcs, where they are others here
        self._previous = ""  # the test before, if it ran in the same process
        self._numbers: dict[pytest.Item, int] = {}
        self._has_tree = False
        self._kind = PROCESS

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Choose how to isolate, now that it is known how many tests run."""
        option = session.config.option
        has_debugger = bool(option.usepdb or option.trace)
        self._kind = isolation.kind_of(option.impact_isolation, len(session.items), has_debugger)
        self._numbers = {item: number for number, item in enumerate(session.items)}
        isolation.freeze()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        label = of_test(item.nodeid)
        with self._recorder.charged(label):
            key = self._session.paths.key(str(item.path))
            self._recorder.top.uses |= {SESSION, of_collection(key)} | ({self._previous} - {""})
            if self._kind == PROCESS:
                self._within.take()
                reports = runtestprotocol(item, log=False, nextitem=nextitem)
                outcome = _outcome([*self._within.take(), *reports])
            else:
                reports = self._in_child(item, nextitem)
                outcome = _outcome(reports)
            alone = self._once_more(item, outcome)
            self._previous = label if self._kind == PROCESS or self._child else ""
            if self._kind != PROCESS and self._child is None:
                found = self._tear_down(item, nextitem)
                reports += found
                outcome = FAILED if found else outcome
        self._keep(item.nodeid, outcome, sum(each.duration for each in reports), alone)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _in_child(self, item: pytest.Item, nextitem: pytest.Item | None) -> list[TestReport]:
        if self._child is None:
            isolation.prepare(item, self._kind)
            self._recorder.flush()
            self._translation = {}
            self._child = isolation.Child(item.session, self._recorder, self._fixtures, self._within)
        following = None
        if (
            self._kind == FILE
            and nextitem is not None
            and isolation.file_of(nextitem) is isolation.file_of(item)
        ):
            following = self._numbers[nextitem]
        with self._beside_threads():
            answer = self._child.run(self._numbers[item], following)
        if "crash" in answer:
            self._child = None
            return [_crashed(item, answer["crash"])]
        if following is None:
            self._child.end()
            self._child = None
        _warn(item, answer["warnings"])
        return self._take(item, answer, self._translation)

    def _beside_threads(self) -> contextlib.AbstractContextManager[None]:
        """Charge what threads of this process do meanwhile, and keep for others, to a context of their own."""
        if threading.active_count() == 1:
            return contextlib.nullcontext()
        self._recorder.top.uses.add(THREADS)
        return self._recorder.charged(THREADS)

    def _take(self, item: pytest.Item, answer: dict, translation: dict[int, int]) -> list[TestReport]:
        """Take over what a child was charged with; return its reports."""
        self._recorder.adopt(answer["contexts"], answer["ran"], answer["closed"], translation)
        hook = item.config.hook
        reports = [
            hook.pytest_report_from_serializable(config=item.config, data=each) for each in answer["reports"]
        ]
        for report in reports:
            if isinstance(report.longrepr, list):  # where and why a test was skipped: pytest wants a tuple
                report.longrepr = tuple(report.longrepr)
        return reports

    def _once_more(self, item: pytest.Item, outcome: str) -> list[str]:
        """Run a test that contradicts what is held of it once more, alone if that can be; return what it said each time."""
        held = self._session.plan.held.get(item.nodeid, [])
        if not is_flaky(held, outcome):
            return []
        said = [next(each for each in held if is_flaky([each], outcome)), outcome]
        if self._kind == PROCESS:
            return said
        child = isolation.Child(item.session, self._recorder, self._fixtures, self._within)
        answer = child.run(self._numbers[item], None)
        if "crash" in answer:
            return [*said, FAILED]
        child.end()
        return [*said, _outcome(self._take(item, answer, {}))]

    def _tear_down(self, item: pytest.Item, nextitem: pytest.Item | None) -> list[TestReport]:
        """Tear down in this process what the next test does not need; return what went wrong."""
        call = CallInfo.from_call(lambda: item.session._setupstate.teardown_exact(nextitem), when="teardown")
        return [item.ihook.pytest_runtest_makereport(item=item, call=call)] if call.excinfo else []

    def _keep(self, nodeid: str, outcome: str, seconds: float, flaky: list[str]) -> None:
        news: dict[str, Context] = self._recorder.take()
        if not self._has_tree and any(label.startswith("fix:") for label in news):
            with self._recorder.quiet():
                self._writer.note("tree", self._recorder.now.value("tree", ""))
            self._has_tree = True
        self._writer.contexts(news, self._recorder.ran)
        for each in self._recorder.take_closed():
            self._writer.note("closed", each)
        if self._session.ran.get(nodeid) == FAILED:  # Another item of the same name, as some collectors make.
            outcome = FAILED
        self._session.ran[nodeid] = outcome
        if flaky:
            self._writer.note("flaky", nodeid, flaky)
        self._writer.result(nodeid, outcome, seconds)

    def finish(self) -> None:
        """End a child that waits for a test that does not come."""
        if self._child is not None:
            self._child.end()
            self._child = None


def _outcome(reports: list[TestReport]) -> str:
    outcomes = {report.outcome for report in reports}
    return FAILED if FAILED in outcomes else "skipped" if "skipped" in outcomes else "passed"


def _crashed(item: pytest.Item, how: str) -> TestReport:
    text = f"the process of '{item.nodeid}' ended with {how}. Run it with '--impact-isolation=process' and '-s' to see where."
    return TestReport(item.nodeid, item.location, {}, "failed", text, "call")


def _warn(item: pytest.Item, heard: list[list]) -> None:
    """Hand on the warnings of a child; one of a class that has no name here is a plain warning."""
    for name, text, path, line in heard:
        kind = getattr(builtins, name, getattr(pytest, name, UserWarning))
        message = warnings.WarningMessage(kind(text), kind, path, line)
        item.ihook.pytest_warning_recorded.call_historic(
            kwargs={"warning_message": message, "when": "runtest", "nodeid": item.nodeid, "location": None}
        )
