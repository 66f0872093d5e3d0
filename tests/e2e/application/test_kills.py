"""kill -9 of the web process or of the worker leaves nothing half, and nothing at all once the sweep has been there.

A few of the rounds that `bench/application/kills.py` goes through.
"""

import random

from tests.e2e.application.conftest import Place
from tests.e2e.application.killing import survive

ROUNDS = 6
SEED = 5  # of when and whom; three of each


def test_kills_leave_nothing_half_and_nothing_after_the_sweep(place: Place):
    world = survive(place.url, place.environment, place.token, ROUNDS, random.Random(SEED))

    assert world.wrong == []
    assert world.kills["web"] and world.kills["worker"]
    assert world.answers["upload 200"] and world.answers["delete 303"] and world.hashed
