"""Impact: run the tests that a change can affect, and reuse the results of the others, with their coverage.

A pytest plugin for any project: `pytest -p buildgraph.impact --impact`. `python -m buildgraph.impact` says in a moment, without pytest, that nothing is affected.

Theory of operation. While tests run, each context (a test, a fixture, a module's body, a file's collection, the session) is charged with what it executes, imports, opens, lists, tests for and reads
from the environment (`recorder`). All that is kept as facts with digests (`facts`), and a result is reused as long as all facts hold of the contexts that the test uses, directly or not (`validity`). Tests run in
forks of a process that has not run any, so that no cache hides what they depend on (`isolation`). What ran is kept by block and statement, and written as one coverage.py data file
at the lines where it is now (`merged`). docs/design/impact.md says more, and where it does not hold.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest

STORE = ".buildgraph/impact"
"""Where traces are kept, below pytest's rootdir, if nothing else is said."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options, and the plugin that begins before any conftest is read."""
    from .options import add_options
    from .plugin import Early

    add_options(parser)
    pluginmanager.register(Early(), "impact-early")
