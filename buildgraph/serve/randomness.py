"""Randomness: generators that nobody has seeded (`random.Random()`) begin anew in each worker, as in a cold start; a fork would go on with the same numbers.

The generator of the module itself does so by itself (`random` registers that). What was drawn while importing stays what it was.
"""

from __future__ import annotations

import functools
import random
from typing import Any
from weakref import WeakSet

UNSEEDED: WeakSet[random.Random] = WeakSet()
SEED = random.Random.seed


def watch() -> None:
    """Know from now on which generators the system has seeded."""

    @functools.wraps(SEED)
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        SEED(self, a, version)
        (UNSEEDED.add if a is None else UNSEEDED.discard)(self)

    @functools.wraps(random.Random.setstate)
    def setstate(self: random.Random, state: Any, original: Any = random.Random.setstate) -> None:
        original(self, state)
        UNSEEDED.discard(self)

    random.Random.seed, random.Random.setstate = seed, setstate  # type: ignore[method-assign] # that is the point


def seed_anew() -> None:
    """Seed those again, in a process that was just forked."""
    for each in list(UNSEEDED):
        SEED(each)
