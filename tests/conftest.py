"""How the tests are spread over workers."""

import os
import signal

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # As a shell starts what it puts in the background.
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # Processes that are started here can be interrupted.

ONE_WORLD = "tests/buildgraph/impact/test_traps.py"
ONE_CHECKOUT = ("tests/e2e/test_a_", "tests/e2e/test_b_", "tests/e2e/test_c_")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Give the tests that share a checkout, or the project of all traps, to one worker, in their order, and every other test to any."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(ONE_WORLD):
                return ONE_WORLD
            return "one checkout" if nodeid.startswith(ONE_CHECKOUT) else nodeid

    return Scheduling(config, log)


def pytest_report_header() -> str:
    """Say with which seeds the tests of random graphs begin."""
    return f"seeds of test_kills, test_injected and test_certificate: from {os.environ.get('BUILDGRAPH_SEED', '1')}"
