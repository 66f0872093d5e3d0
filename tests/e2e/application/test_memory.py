"""What many threads needed once is given back: the memory of the web process stays where it was."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.application.conftest import Place
from tests.e2e.application.production import Person, web
from tests.warehouse.factories import PASSWORD
from warehouse.connections import THREADS

MORE_BYTES = 48 << 20  # twelve threads kept 19 MiB each


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
def test_passwords_that_are_hashed_in_all_threads_leave_nothing(place: Place):
    with web(place.environment) as served, ThreadPoolExecutor(THREADS) as crowd:
        Person(served, "alice", PASSWORD)
        before = served.resident_bytes()
        list(crowd.map(lambda _: Person(served, "alice", PASSWORD), range(3 * THREADS)))
        after = served.resident_bytes()
    assert after - before < MORE_BYTES
