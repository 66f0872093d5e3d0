"""A crash at any step that writes loses at most the tasks that were running.

The same property as in `test_kills.py`, in one process: the disk is reached through a few functions of `os`, and from the n-th
call on all of them fail, which is what a dead process leaves. Edits follow one another within one tick of the file system's clock, so
that racy stamps are the rule here. The number of cases is BUILDGRAPH_INJECTED (default 2000), the first seed BUILDGRAPH_SEED.
"""

from __future__ import annotations

import builtins
import glob
import hashlib
import io
import os
import random
import shutil
import threading
from collections.abc import Sequence

import pytest
from doit.task import dict_to_task
from graph_model import World

from buildgraph import check, rule
from buildgraph.act import command
from buildgraph.engine.control import make_plan, select
from buildgraph.engine.reporter import Lines
from buildgraph.engine.runner import Runner, Settings
from buildgraph.record.ledger import Ledger
from buildgraph.record.lock import Lock

CASES = int(os.environ.get("BUILDGRAPH_INJECTED", "2000"))
SEED = int(os.environ.get("BUILDGRAPH_SEED", "1"))
BLOCKS = 10
WRITERS = ("write", "replace", "unlink", "mkdir", "rmdir", "truncate")


class Crash(BaseException):
    """The process has died."""


class Disk:
    """Counts the calls that write and fails from the n-th on."""

    def __init__(self, monkeypatch) -> None:
        self.left = -1
        self.lock = threading.Lock()
        for name in WRITERS:
            monkeypatch.setattr(os, name, self.counted(name, getattr(os, name)))
        self.real_open = builtins.open
        monkeypatch.setattr(builtins, "open", self.open)

    def step(self) -> bool:
        """Return whether this call is the one that dies."""
        with self.lock:
            if self.left < 0:
                return False
            if not self.left:
                raise Crash
            self.left -= 1
            return not self.left

    def counted(self, name, real):
        def call(*arguments, **options):
            if self.step():
                if name == "write":
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                raise Crash
            return real(*arguments, **options)

        return call

    def open(self, path, mode="r", *arguments, **options):
        if "w" in mode and self.step():
            self.real_open(path, mode, *arguments, **options).close()
            raise Crash
        return self.real_open(path, mode, *arguments, **options)


def run_tool(words, environ, log, children) -> int:
    """Do what the scripts of the model do."""
    open(log, "w").close()
    program, salt, out, *patterns = words
    read = [path for pattern in patterns for path in sorted(glob.glob(pattern))]
    flavour = environ.get("FLAVOUR", "")
    if program == "bin/tree":
        os.makedirs(out, exist_ok=True)
        for path in read:
            put(os.path.join(out, os.path.basename(path)), f"{salt}\n{path}\n{text_of(path)}")
    elif program == "bin/tool":
        put(out, "half")
        put(out, f"{salt}\n{flavour}\n" + "".join(f"{path}\n{text_of(path)}" for path in read))
    return 0


def text_of(path: str) -> str:
    with open(path) as file:
        return file.read()


def put(path: str, data: str) -> None:
    with open(path, "w") as file:
        file.write(hashlib.md5(data.encode()).hexdigest() + "  -\n")


def run(world: World, workers: int) -> tuple[int, str]:
    said = io.StringIO()
    source = {"check": check, "rule": rule}
    tasks = []
    for node in world.nodes:
        if not node.is_removed:
            tasks.append(dict_to_task({"name": node.name, **eval(node.source(), source)}))
    plan = make_plan(tasks)
    select(plan, [], None)
    runner = Runner(plan, Ledger(), Lock(), Lines(said), Settings(workers=workers), world.environ())
    try:
        return runner.run(), said.getvalue()
    finally:
        if runner.lock.file is not None:
            runner.lock.release()


FAILED = [(1671, (32, 13)), (1671, (33, 22)), (1671, (34, 13))]
"""Seeds that once failed, with the numbers of the calls at which their runs died."""


def run_case(disk: Disk, folder, seed: int, deaths: Sequence[int] = ()) -> None:
    os.makedirs(folder)
    os.chdir(folder)
    chance = random.Random(-seed)
    world = World.make(folder, seed, size=5)
    workers = chance.randint(1, 3)
    for number in range(chance.randint(1, 3)):
        disk.left = chance.randint(1, 60)
        disk.left = deaths[number] if deaths else disk.left
        try:
            run(world, workers)
        except Crash:
            world.log.append("crashed")
        disk.left = -1
        for _ in range(chance.randint(0, 3)):
            world.edit()
    code, said = run(world, workers)
    context = f"seed {seed}: {world.log}\n{said}"
    assert code == 0, context
    assert world.actual() == world.expected(), context
    code, again = run(world, workers)
    assert '"started"' not in again, f"{context}\n{again}"
    shutil.rmtree(folder)


@pytest.fixture
def disk(tmp_path, monkeypatch) -> Disk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", run_tool)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    return Disk(monkeypatch)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_build_after_a_crash_at_any_write_equals_a_clean_one(block, disk, tmp_path, monkeypatch):
    for number in range(block, CASES, BLOCKS):
        run_case(disk, tmp_path / str(number), SEED + number)
        monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("seed, deaths", FAILED)
def test_what_once_failed_after_a_crash_is_right(seed, deaths, disk, tmp_path):
    for number in range(3):  # Threads take turns as they like.
        run_case(disk, tmp_path / str(number), seed, deaths)
        os.chdir(tmp_path)
