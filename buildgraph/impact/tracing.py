"""Tracing: which lines ran in which context, measured by coverage.py through its public interface.

Contexts need the C tracer: `sys.monitoring`, the default from Python 3.14, cannot tell them apart (coveragepy #2200), so the core is named.
"""

from __future__ import annotations

import os

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

    def __init__(self, root: str) -> None:
        import coverage

        self._coverage = coverage.Coverage(
            data_file=None, config_file=False, branch=True, include=[os.path.join(root, "*")],
            omit=["*/site-packages/*", "*/dist-packages/*"], messages=False,
        )  # fmt: skip
        self._coverage.set_option("run:core", "ctrace")
        self._coverage.set_option("run:disable_warnings", list(NOTHING_RAN))

    def start(self) -> None:
        """Begin to trace."""
        self._coverage.start()

    def stop(self) -> None:
        """End it."""
        self._coverage.stop()

    def switch(self, label: str) -> None:
        """Charge what runs from now on to a context."""
        self._coverage.switch_context(label)

    def take(self) -> dict[str, dict[str, list[tuple[int, int]]]]:
        """Return the arcs that ran since the last time, by context and file."""
        data: coverage.CoverageData = self._coverage.get_data()
        found: dict[str, dict[str, list[tuple[int, int]]]] = {}
        by_label: dict[str, list[str]] = {}
        for path in data.measured_files():
            labels = {label for each in data.contexts_by_lineno(path).values() for label in each}
            for label in labels:
                by_label.setdefault(label, []).append(path)
        for label, paths in by_label.items():
            data.set_query_context(label)
            found[label] = {path: data.arcs(path) or [] for path in paths}
        data.set_query_contexts(None)
        data.erase()
        return found
