"""A crash at any step that writes loses at most the tasks that were running.

The same property as in `test_kills.py`, in one process (`in_process.py`): the disk is reached through a few functions, and from the
n-th call on all of them fail, which is what a dead process leaves. Half of the cases run rules alone, with edits within one tick of
the clock that stamps files, so that racy stamps are the rule. The others run as people do, through the command line and `dodo.py`:
runs die while a graph and a certificate are written and believe what an earlier run has left, and the last look reads all anew.

The number of cases is BUILDGRAPH_INJECTED (default 500), the first seed BUILDGRAPH_SEED.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from graph_model import World
from in_process import Crash, Engine

CASES = int(os.environ.get("BUILDGRAPH_INJECTED", "500"))
SEED = int(os.environ.get("BUILDGRAPH_SEED", "1"))
BLOCKS = 10
STEPS = 60
"""A run dies at one of so many calls that write, or ends before."""
CERTIFYING_STEPS = 8
"""So many of them write a graph and a certificate."""
ENOUGH = 100
"""In so many cases each of these happens."""
DEATHS = ("act.ownership", "act.staging", "record.ledger", "proof.contents", "proof.stored")
BELIEFS = ("issued", "held", "proved")

Run = Callable[[], tuple[int, str]]


@contextmanager
def world_of(seed: int, folder: pathlib.Path) -> Iterator[World]:
    """Give the seed's world in the folder; what fails in it says the seed and what was done."""
    folder.mkdir()
    os.chdir(folder)
    world = World.make(folder, seed, size=5)
    try:
        yield world
    except BaseException as error:
        error.add_note(f"seed {seed}: {world.log}")
        raise
    os.chdir(folder.parent)
    shutil.rmtree(folder)


def check_build(world: World, run: Run) -> None:
    code, said = run()
    assert code == 0, said
    assert world.actual() == world.expected(), said


def check_nothing_runs(engine: Engine, run: Run) -> None:
    before = engine.commands
    code, said = run()
    assert (code, engine.commands - before) == (0, 0), said


def run_rules(engine: Engine, world: World, workers: int, rounds: Sequence[tuple[int, int]]) -> None:
    """Die at the n-th call that writes, then edit so many times, round after round; then build."""

    def run() -> tuple[int, str]:
        return engine.run_rules(world, workers)

    for death, edits in rounds:
        engine.disk.left = death
        try:
            run()
        except Crash:
            world.log.append("crashed")
        engine.disk.left = -1
        for _ in range(edits):
            world.edit()
    check_build(world, run)
    check_nothing_runs(engine, run)


def run_lines(engine: Engine, world: World, chance: random.Random) -> None:
    """Run one of two command lines, which may die or fail, and edit, again and again; then build."""
    often, seldom = (f"-n{workers}" for workers in chance.sample(range(1, 5), 2))

    def run() -> tuple[int, str]:
        return engine.run(world, [chance.choice((often, often, seldom))])

    for _ in range(chance.randint(1, 3)):
        for _ in range(chance.choice((0, 0, 1, 2, 3))):
            world.edit()
        if chance.random() < 0.7:
            engine.settle()
        chance.choice((disturb, try_out))(engine, world, run, chance)
        if chance.random() < 0.3:
            check_build(world, run)
            world.log.append("built")
    for _ in range(chance.choice((0, 0, 1, 2, 3))):
        world.edit()
    check_build(world, run)
    check_nothing_runs(engine, run)
    check_nothing_runs(engine, lambda: engine.look_at_everything(world))


def try_out(engine: Engine, world: World, run: Run, chance: random.Random) -> None:
    """Build, change a command, run, which may die or fail, and take the change back: a certificate may still know the task."""
    check_build(world, run)
    node = chance.choice(world.nodes)
    node.salt ^= 1
    world.write_dodo()
    world.log.append(f"built, other command {node.name}")
    engine.settle()
    disturb(engine, world, run, chance)
    node.salt ^= 1
    world.write_dodo()
    world.log.append("taken back")


def disturb(engine: Engine, world: World, run: Run, chance: random.Random) -> None:
    """Let a run die at any call that writes, die while it writes a certificate, or fail, which doubts one."""
    how = chance.choice(("dies", "dies certifying", "fails"))
    if how == "dies":
        engine.disk.left = chance.randint(1, STEPS)
    else:
        engine.aimed = chance.randint(1, CERTIFYING_STEPS)
    if how == "fails":
        engine.failing = chance.randint(1, 3)
    try:
        code, said = run()
        world.log.append(f"ended with {code}")
        assert code == 1 or (code == 0 and world.actual() == world.expected()), said
    except Crash:
        world.log.append("crashed")
    engine.disk.left, engine.aimed, engine.failing = -1, 0, 0


@pytest.fixture
def engine(tmp_path, monkeypatch) -> Engine:
    monkeypatch.chdir(tmp_path)
    return Engine(tmp_path, monkeypatch)


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_build_after_a_crash_at_any_write_equals_a_clean_one(block, engine, tmp_path):
    numbers = range(block, CASES, BLOCKS)
    for seed in (SEED + number for number in numbers):
        chance = random.Random(-seed)
        with world_of(seed, tmp_path / "checkout") as world:
            if chance.random() < 0.5:
                run_lines(engine, world, chance)
            else:
                rounds = [
                    (chance.randint(1, STEPS), chance.randint(0, 3)) for _ in range(chance.randint(1, 3))
                ]
                run_rules(engine, world, chance.randint(1, 4), rounds)
    found = f"seeds from {SEED}: deaths {dict(engine.disk.deaths)}, certificates {dict(engine.counts)}"
    print(found)
    if len(numbers) >= ENOUGH:
        assert all(engine.disk.deaths[module] for module in DEATHS), found
        assert all(engine.counts[belief] for belief in BELIEFS), found


FAILED = [(1671, [(34, 3), (15, 3)]), (1671, [(35, 3), (26, 3)]), (1671, [(36, 3), (15, 3)])]
"""Seeds that once failed with two workers, and their rounds."""


@pytest.mark.parametrize("seed, rounds", FAILED)
def test_what_once_failed_after_a_crash_is_right(seed, rounds, engine, tmp_path):
    for _ in range(3):  # Threads take turns as they like.
        with world_of(seed, tmp_path / "checkout") as world:
            run_rules(engine, world, 2, rounds)
