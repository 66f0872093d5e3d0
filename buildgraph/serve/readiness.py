"""Readiness: whether an application answers, found out without a request that it would have to handle.

A connection is opened, and its sending half closed at once. Whoever serves closes the other half as soon as it accepts the connection, and hands nothing to
the application: no view runs, no breakpoint stops, no log has a line. A socket that only listens (the application still loads) leaves the
connection waiting. The alternative that lost: a request, which is one of the application's own pages.
"""

import socket
import time
from collections.abc import Callable

READY_SECONDS = 30.0
POLL_SECONDS = 0.02
LOOK_SECONDS = 0.5  # how often it is looked whether the application still runs


def wait_until_accepted(address: tuple[str, int], is_running: Callable[[], bool]) -> float | None:
    """Return after how many seconds the application accepted a connection; None if it ended or did not in time."""
    started = time.monotonic()
    while is_running() and time.monotonic() - started < READY_SECONDS:
        if _is_accepted(address, is_running, started + READY_SECONDS):
            return time.monotonic() - started if is_running() else None
        time.sleep(POLL_SECONDS)
    return None


def _is_accepted(address: tuple[str, int], is_running: Callable[[], bool], deadline: float) -> bool:
    try:
        with socket.create_connection(address, timeout=LOOK_SECONDS) as connection:
            connection.shutdown(socket.SHUT_WR)
            while is_running() and time.monotonic() < deadline:
                try:
                    connection.recv(1)
                except TimeoutError:
                    continue
                return True
    except OSError:  # nobody listens yet, or no longer
        pass
    return False
