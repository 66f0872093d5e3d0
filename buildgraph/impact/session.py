"""Session: one process of a run of pytest that records, and reuses what holds; a controller of xdist only decides and gathers."""

from __future__ import annotations

import functools
import os
import sys
import uuid
from collections.abc import Generator

import pytest

from . import options, store, workers
from .auditing import contradictions
from .children import Children
from .collecting import Collecting
from .contexts import SESSION, of_module
from .digests import Digests
from .distributions import closure, normalized
from .drawing import Drawing
from .ending import conclude
from .fixtures import Fixtures
from .flaky import listing
from .importing import Importing
from .listening import Listener
from .paths import Paths
from .plan import Plan, plan_of
from .plugin import decision_of, folder_of
from .recorder import Recorder
from .running import Running
from .telling import Telling
from .unread import rules_of, settings
from .validity import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

VARIABLES = (
    "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONUTF8", "TZ", "LANG", "LC_ALL",
)  # fmt: skip
"""What Python and the C library read before anyone can see it."""
ALWAYS = "impact_always"
SENT = "impact"


class Session:
    """The parts of the plugin, and what they share."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.folder = folder_of(config)
        self.paths = Paths(str(config.rootpath))
        self.recorder = Recorder(self.paths, Digests(self.folder))
        try:
            self.recorder.unread = rules_of(settings(self.paths.root))
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
        self.plan = Plan()
        self.reused: dict[str, str] = {}  # tests, and the segments that have their results
        self.ran: dict[str, str] = {}  # tests, and their outcomes
        self.written: list[str] = []  # the segments of this run
        self.is_controller = False
        self._segments: list[store.Segment] = []
        self._writer: store.Writer | None = None
        self._running: Running | None = None
        self._hearing = (
            Listener(self.recorder),
            Importing(self.recorder),
            Fixtures(self.recorder),
            Children(self.recorder),
            self.recorder,
        )
        for each in self._hearing:
            each.start()

    @functools.cached_property
    def decision(self) -> Decision:
        """Return what holds, found once."""
        with self.recorder.quiet():
            return decision_of(self.config, self.recorder.environment)[0]

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_auto_num_workers(self, config: pytest.Config) -> int | None:
        """Take no workers for little, where their number is left open."""
        if config.option.impact_all or config.option.impact_audit:
            return None
        with self.recorder.quiet():
            tests = workers.test_files(self.paths, config.args, config.getini("python_files"))
        return None if workers.are_wanted(self.decision, tests) else 0

    def _end(self) -> None:
        if self.recorder.pid:
            for each in reversed(self._hearing):
                each.stop()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Charge the session with what all tests depend on."""
        config.addinivalue_line(
            "markers", f"{ALWAYS}: its result is never reused (it depends on a network, on the time)"
        )
        config.pluginmanager.register(Telling(self.paths), "impact-telling")
        self.is_controller = bool(config.pluginmanager.hasplugin("dsession"))
        if self.is_controller:
            self._end()
            return
        recorder = self.recorder
        recorder.now.options = options.digest_options(config)
        for kind in ("interpreter", "paths", "configuration", "options"):
            recorder.note_once(kind, "")
        if config.inipath is not None:  # `-c` names it, whatever it is called
            recorder.note_once("file", self.paths.key(str(config.inipath)))
        for name in VARIABLES:
            recorder.note_once("variable", name)
        plugins = {normalized(each.project_name) for _, each in config.pluginmanager.list_plugin_distinfo()}
        for name in closure({"pytest", *plugins}):
            recorder.note_once("distribution", name)
        self._charge_with_what_was_imported_before()

    def _charge_with_what_was_imported_before(self) -> None:
        """Have all tests depend on the modules of the project whose import nobody heard of (a plugin's own)."""
        with self.recorder.quiet():
            for module in list(sys.modules.values()):
                path = getattr(module, "__file__", None)
                key = self.paths.key(path) if isinstance(path, str) and os.path.isabs(path) else ""
                if key and not self.recorder.was_imported(key):
                    self.recorder.context(SESSION).uses.add(of_module(key))
                    self.recorder.context(of_module(key)).facts.add(self.recorder.now.fresh("file", key))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Send a worker what the controller has decided."""
        node.workerinput[SENT] = self.plan.to_plain()
        node.workerinput[options.SENT] = options.digest_options(self.config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController, error: object) -> None:
        """Gather what a worker did."""
        output = getattr(node, "workeroutput", {}).get(SENT)
        if output:
            self.reused.update(output["reused"])
            self.ran.update(output["ran"])
            self.written += output["written"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Decide which results hold, and begin a segment of the store."""
        sent = getattr(self.config, "workerinput", {}).get(SENT)
        with self.recorder.quiet():
            if sent is not None:
                self.plan = Plan(**sent)
            elif not self.config.option.impact_all:
                decision = self.decision
                self._segments = decision.segments
                plan = plan_of(decision)
                self.plan = plan.audit() if self.config.option.impact_audit else plan
            if self.is_controller:
                return
            self._writer = store.Writer(self.folder, uuid.uuid4().hex)
        manager = self.config.pluginmanager
        manager.register(Drawing(self.recorder), "impact-drawing")
        manager.register(Collecting(self, self._writer), "impact-collecting")
        self._running = Running(self, self._writer, self._hearing[2])
        manager.register(self._running, "impact-running")

    @pytest.hookimpl(wrapper=True, trylast=True)  # inside of xdist's, which sends what a worker has to say
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None]:
        """Write what is left, and have coverage and the next decision ready."""
        try:
            return (yield)
        finally:
            if self._writer is not None and self._running is not None:
                self._finish_process(self._writer, self._running)
            if not hasattr(self.config, "workeroutput"):
                if not self.ran and self.reused and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
                    session.exitstatus = pytest.ExitCode.OK
                if self._contradictions() and session.exitstatus == pytest.ExitCode.OK:
                    session.exitstatus = pytest.ExitCode.TESTS_FAILED
                conclude(self, self._segments, session.exitstatus)

    def _finish_process(self, writer: store.Writer, running: Running) -> None:
        running.finish()
        writer.contexts(self.recorder.take(), self.recorder.ran)
        for label in self.recorder.take_closed():
            writer.note("closed", label)
        self._end()
        self.written.append(writer.close())
        self.recorder.digests.save()
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[SENT] = {"reused": self.reused, "ran": self.ran, "written": self.written}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many tests ran and how many did not have to, and which are flaky."""
        terminalreporter.write_line(f"impact: {len(self.ran)} ran, {len(self.reused)} reused")
        for each in listing(store.read(self.folder, name) for name in self.written):
            terminalreporter.write_line(f"impact: {each}")
        for each in self._contradictions():
            terminalreporter.write_line(f"impact: {each}")

    def _contradictions(self) -> list[str]:
        return list(contradictions(self.folder, self.plan.audited, self.ran, self.written))
