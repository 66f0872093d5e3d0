"""Tracing: which lines ran in which context, measured by coverage.py through its public interface.

Its data object is a database, made to be read at the end of a run; here each test's arcs are wanted at once. So the method that coverage.py hands them to, `CoverageData.add_arcs`, is replaced in the
one object that it uses.

Contexts need the C tracer: `sys.monitoring`, the default from Python 3.14, cannot tell them apart (coveragepy #2200), so the core is named.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping

from .arcs import Pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    import coverage

NOTHING_RAN = (
    "no-data-collected",
    "module-not-measured",
    "already-imported",
    "module-not-imported",
    "no-ctracer",
)


class Tracer:
    """Coverage of the files below a folder, with branches, in memory."""

    def __init__(self, root: str, told: Callable[[str, Mapping[str, Collection[Pair]]], None]) -> None:
        import coverage

        self._told = told
        self._label = ""

        self._coverage = coverage.Coverage(
            data_file=None, config_file=False, branch=True, include=[os.path.join(root, "*")],
            omit=["*/site-packages/*", "*/dist-packages/*"], messages=False,
        )  # fmt: skip
        self._data: coverage.CoverageData
        self._coverage.set_option("run:core", "ctrace")
        self._coverage.set_option("run:disable_warnings", list(NOTHING_RAN))

    def start(self) -> None:
        """Begin to trace."""
        self._coverage.start()
        self._data = self._coverage.get_data()
        self._data.add_arcs = self._hear  # type: ignore[method-assign] # in this one object

    def stop(self) -> None:
        """End it."""
        self._coverage.stop()

    def switch(self, label: str) -> None:
        """Tell what ran until now, and charge what runs from now on to a context."""
        self._coverage.switch_context(label)
        self._label = label

    def flush(self) -> None:
        """Tell what ran until now."""
        self._coverage.switch_context(self._label)
        if self._data.measured_files():
            raise RuntimeError("coverage.py hands on arcs by another way than 'CoverageData.add_arcs'")

    def _hear(self, arc_data: Mapping[str, Collection[Pair]]) -> None:
        if self._label:
            self._told(self._label, arc_data)
