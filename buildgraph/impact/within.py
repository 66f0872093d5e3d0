"""Within: reports that a test hands out itself while it runs, those of its subtests, which pytest logs at once and not at its end."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest


class Within:
    """Remembers what is logged."""

    def __init__(self) -> None:
        self._reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a report."""
        self._reports.append(report)

    def take(self) -> list[pytest.TestReport]:
        """Return what was logged, and forget it."""
        found, self._reports = self._reports, []
        return found

    def be_alone(self, config: pytest.Config) -> None:
        """Have nobody else hear of reports in this process: it is a child, and its parent logs them."""
        hook = config.hook.pytest_runtest_logreport
        for each in list(hook.get_hookimpls()):
            if each.plugin is not self:
                hook._remove_plugin(each.plugin)
