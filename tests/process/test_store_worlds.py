"""Two checkouts that share a store are each as a clean build leaves them, whatever is edited in which, and whenever a run dies.

Random graphs of cached rules, the same edits in both at different times: what one has made the other one takes, unless something
differs. Runs die at the n-th call that writes, in the store as well. The number of cases is BUILDGRAPH_STORES (default 120), the first
seed BUILDGRAPH_SEED.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
from collections import Counter
from hashlib import sha256

import pytest
from graph_model import World
from in_process import Crash, Engine

CASES = int(os.environ.get("BUILDGRAPH_STORES", "120"))
SEED = int(os.environ.get("BUILDGRAPH_SEED", "1"))
BLOCKS = 6
STEPS = 90
ROUNDS = 6
DEATHS = ("store.place", "store.blobs", "store.dealing", "record.ledger")
PLACES = ("one", "a/deeper/two")
TAKEN = ('"is_cached": true', "\ncached ")


@pytest.fixture
def engine(tmp_path, monkeypatch) -> Engine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Engine(tmp_path, monkeypatch)


def run(engine: Engine, world: World, chance: random.Random, counts: Counter) -> tuple[int, str]:
    """Run the rules alone or the command line."""
    if chance.random() < 0.6:
        code, said = engine.run_rules(world, chance.randint(1, 3))
    else:
        code, said = engine.run(world, [f"-n{chance.randint(1, 3)}"])
    counts["taken"] += sum(f"\n{said}".count(word) for word in TAKEN)
    return code, said


def play(engine: Engine, seed: int, folder: pathlib.Path, counts: Counter) -> None:
    chance = random.Random(-seed)
    worlds = [World.make(folder / place, seed, size=5, is_cached=True) for place in PLACES]
    for number in range(ROUNDS):
        world = chance.choice(worlds) if number < ROUNDS - 2 else worlds[number % 2]
        os.chdir(world.folder)
        try:
            for _ in range(chance.choice((0, 1, 1, 2, 3))):
                world.edit()
            if chance.random() < 0.5:
                engine.disk.left = chance.randint(1, STEPS)
                try:
                    run(engine, world, chance, counts)
                except Crash:
                    world.log.append("crashed")
                engine.disk.left = -1
            code, said = run(engine, world, chance, counts)
            assert code == 0, said
            assert world.actual() == world.expected(), said
            assert "damaged" not in said
            before = engine.commands
            code, said = run(engine, world, chance, counts)
            assert (code, engine.commands - before, said.count(TAKEN[0])) == (0, 0, 0), said
        except BaseException as error:
            error.add_note(f"seed {seed}, {world.folder.name}: {world.log}")
            raise
    os.chdir(folder)
    for world in worlds:
        world.remove()


@pytest.mark.slow(keep=2)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_checkouts_that_share_a_store_are_as_clean_builds_leave_them(block, engine, tmp_path):
    counts: Counter = Counter()
    for number in range(block, CASES, BLOCKS):
        (tmp_path / "worlds").mkdir()
        play(engine, SEED + number, tmp_path / "worlds", counts)
        shutil.rmtree(tmp_path / "worlds")
        if number % 3 == 0:  # Otherwise the next worlds find it as it is.
            shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    kept = [path for path in (tmp_path / "cache").glob("buildgraph/store/1/blobs/*/*") if path.is_file()]
    assert all(sha256(path.read_bytes()).hexdigest() == path.name for path in kept)
    print(f"taken {counts['taken']}, commands {engine.commands}, deaths {dict(engine.disk.deaths)}")
    assert counts["taken"] > CASES / BLOCKS
    if CASES >= 120:
        assert sum(engine.disk.deaths[module] for module in DEATHS) > CASES / BLOCKS / 4
