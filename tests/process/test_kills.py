"""After any edits and a kill at any moment the next run gives what a clean build gives, and one more run does nothing.

Half of the cases run as people do, with certificates, of which the next run believes what still holds; the last look is
always one at everything.

The number of cases is BUILDGRAPH_CASES (default 100 in all), the first seed BUILDGRAPH_SEED.
"""

from __future__ import annotations

import os
import random
import time

import pytest
from graph_model import World

CASES = int(os.environ.get("BUILDGRAPH_CASES", "100"))
SEED = int(os.environ.get("BUILDGRAPH_SEED", "1"))
BLOCKS = 10


def run_case(engine, checkouts, folder, seed: int) -> None:
    chance = random.Random(-seed)
    world = World.make(folder, seed)
    checkout = checkouts(engine, folder)
    workers = f"-n{chance.randint(1, 4)}"
    words = [workers] if chance.random() < 0.5 else ["-r", "json", workers]
    began = time.perf_counter()
    run = checkout.run(*words, environ=world.environ())
    seconds = time.perf_counter() - began
    assert run.code == 0, f"seed {seed}: {run}"
    assert world.actual() == world.expected(), f"seed {seed}, first build"
    for _ in range(chance.randint(1, 3)):
        if chance.random() < 0.5:
            assert checkout.run(*words, environ=world.environ()).code == 0, f"seed {seed}: {world.log}"
            checkout.run(*words, environ=world.environ())  # Issues a certificate, if the first was too early.
        for _ in range(chance.randint(1, 4)):
            world.edit()
        checkout.start(workers, environ=world.environ())
        time.sleep(chance.uniform(0, 1.2 * seconds))
        checkout.kill()
        world.log.append("killed")
        for _ in range(chance.randint(0, 2)):
            world.edit()
    run = checkout.run(*words, environ=world.environ())
    context = f"seed {seed}: {world.log}\n{run}"
    assert run.code == 0, context
    assert world.actual() == world.expected(), context
    again = checkout.run("-r", "json", environ=world.environ())
    assert again.started == [], f"{context}\n{again}"
    assert again.code == 0, context
    world.remove()


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_build_after_edits_and_kills_equals_a_clean_one(block, engine, tmp_path):
    from engine_checkouts import Checkout

    for number in range(block, CASES, BLOCKS):
        run_case(engine, Checkout, tmp_path / str(number), SEED + number)
