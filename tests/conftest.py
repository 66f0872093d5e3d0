"""How the tests are spread over workers, and which of them a small run leaves out."""

import collections
import os
import signal

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # As a shell starts what it puts in the background.
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # Processes that are started here can be interrupted.

ONE_WORLD = "tests/buildgraph/impact/test_traps.py"
SHORT = "tests/warehouse/"
ONE_CHECKOUT = ("tests/e2e/test_a_", "tests/e2e/test_b_", "tests/e2e/test_c_")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the option of a small run."""
    parser.addoption("--small", action="store_true", help="leave out the cases that are marked 'slow'")


def pytest_configure(config: pytest.Config) -> None:
    """Know the marker."""
    config.addinivalue_line(
        "markers",
        "slow(keep=0): long, and other cases reach the same code; a small run keeps the first so many",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep of each test that is marked 'slow' as many cases as a small run wants."""
    if not config.option.small:
        return
    met: collections.Counter[str] = collections.Counter()
    kept, left = [], []
    for item in items:
        marker = item.get_closest_marker("slow")
        met[item.nodeid.partition("[")[0]] += 1
        is_kept = marker is None or met[item.nodeid.partition("[")[0]] <= marker.kwargs.get("keep", 0)
        (kept if is_kept else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Give the tests that share a checkout, or the project of all traps, to one worker, in their order, and every other test to any.

    Short tests go by file: a worker forks for each file, and the first test of one makes statements and templates for all.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(ONE_WORLD):
                return ONE_WORLD
            if nodeid.startswith(SHORT):
                return nodeid.partition("::")[0]
            return "one checkout" if nodeid.startswith(ONE_CHECKOUT) else nodeid

    return Scheduling(config, log)


collect_ignore = ["adoption"]
"""Repositories of other people's shape, whose tests are run in copies of them."""


def pytest_report_header() -> str:
    """Say with which seeds the tests of random graphs begin."""
    return f"seeds of test_kills, test_injected and test_certificate: from {os.environ.get('BUILDGRAPH_SEED', '1')}"
