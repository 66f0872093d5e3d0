"""Collecting: the context of each file and folder of tests, and what is left to run."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from . import store
from .blocks import MODULE
from .certificate import ROOTS
from .contexts import SESSION, of_collection, of_module
from .ordering import ordered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .session import Session


class Collecting:
    """Charges collections, deselects what holds, orders what runs."""

    def __init__(self, session: Session, writer: store.Writer) -> None:
        self._session = session
        self._recorder = session.recorder
        self._paths = session.paths
        self._writer = writer
        self._collected: dict[str, list[str]] = {}
        self._asked = {
            os.path.realpath(os.path.join(str(session.config.invocation_params.dir), each.split("::")[0]))
            for each in session.config.args
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out a file whose tests are known and hold."""
        key = self._paths.key(str(collection_path))
        nodeids = self._session.plan.skippable.get(key)
        if not nodeids or str(collection_path) in self._asked:
            return None
        self._reuse(nodeids)
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Charge a file's context with its collection."""
        key = self._paths.key(str(collector.path))
        if isinstance(collector, pytest.Session) or not key:
            return (yield)
        label = of_collection(key)
        with self._recorder.charged(label):
            if isinstance(collector, pytest.File):
                self._begin_file(key)
            elif isinstance(collector, pytest.Directory):
                self._recorder.context(ROOTS).facts.add(self._recorder.now.fresh("tests", key))
            report = yield
        if isinstance(collector, pytest.File) and report.failed:
            self._collected.pop(key, None)
        elif isinstance(collector, pytest.File):
            self._collected.setdefault(key, [])
        return report

    def _begin_file(self, key: str) -> None:
        """A file of tests depends on itself, on the conftests above it, and on none being where one could be."""
        uses = self._recorder.top.uses
        uses.add(SESSION)
        if key.endswith(".py"):
            self._use_all_of(key)
        else:
            self._recorder.note("file", key)
        for folder in _above(key):
            uses.add(of_collection(folder))
            for name in ("conftest.py", "__init__.py"):
                path = name if folder == "." else f"{folder}/{name}"
                self._recorder.note("exists", path)
                if self._recorder.was_imported(path):
                    self._use_all_of(path)

    def _use_all_of(self, key: str) -> None:
        """pytest looks at all names of the modules that it collects."""
        self._recorder.top.uses.add(of_module(key))
        self._recorder.note("block", f"{key}::{MODULE}")

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember which tests a file has."""
        self._collected.setdefault(self._paths.key(str(item.path)), []).append(item.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselect what holds; order the others."""
        valid = self._session.plan.valid
        held = [
            item
            for item in items
            if item.nodeid in valid and item.get_closest_marker("impact_always") is None
        ]
        if held:
            self._reuse([item.nodeid for item in held])
            kept = set(map(id, held))
            items[:] = [item for item in items if id(item) not in kept]
            config.hook.pytest_deselected(items=held)
        items[:] = ordered(items, self._session.plan)

    def _reuse(self, nodeids: list[str]) -> None:
        valid = self._session.plan.valid
        self._session.reused.update({nodeid: valid[nodeid] for nodeid in nodeids})

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        """Keep what the collection was charged with."""
        self._writer.contexts(self._recorder.take(), self._recorder.ran)
        for key, nodeids in self._collected.items():
            self._writer.note("collected", key, nodeids)
        self._writer.flush()


def _above(key: str) -> Iterator[str]:
    """Yield the folders above a file, up to the root."""
    folder = os.path.dirname(key)
    while folder:
        yield folder
        folder = os.path.dirname(folder)
    yield "."
