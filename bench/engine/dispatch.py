"""Dispatch: what the engine adds to each command that it runs, in CPU milliseconds, beside ninja.

    python bench/engine/dispatch.py

Two thousand files are copied by `cp`: by a loop that starts the commands and does nothing else, by ninja, and by the engine
with one command at a time and with two. What the loop takes is subtracted, in which commands have the environment that
ninja or the engine gives them (setting a locale is a tenth of what `cp` costs), and what starting the engine on a graph
without work takes; the median of five rounds, in which all take turns. The folder is in memory where there is such a one,
because making a file can cost a disk more than all else. (An output whose name is nothing but a number, which hardly any is,
gets a folder of its own within its staging folder: some 0.03 ms more.)
"""

from __future__ import annotations

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine, write_result  # noqa: E402 (after the path is known)
from buildgraph.act.environment import FIXED  # noqa: E402

COUNT = 2000
ROUNDS = 5
DODO = """
from buildgraph import rule
def task_copy():
    for i in range({count}):
        yield rule(name=str(i), inputs=[f"src/{{i}}.c"], outputs=[f"out/{{i}}.o"], command=["bin/cp", f"src/{{i}}.c", f"out/{{i}}.o"])
"""
LOOP = """
import os
for i in range({count}):
    os.waitpid(os.posix_spawn("bin/cp", ["bin/cp", f"src/{{i}}.c", f"out/{{i}}.o"], {environ}), 0)
"""


def cpu(words: list[str]) -> float:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def built(words: list[str]) -> float:
    """Return what a build takes that has everything to do."""
    for name in (".buildgraph", "out", ".ninja_log", ".ninja_deps"):
        path = pathlib.Path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    pathlib.Path("out").mkdir()
    return cpu(words)


def main() -> None:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="bench-dispatch-", dir=memory)
    os.chdir(folder)
    try:
        pathlib.Path("src").mkdir()
        pathlib.Path("bin").mkdir()
        shutil.copy(shutil.which("cp") or "/bin/cp", "bin/cp")
        for i in range(COUNT):
            pathlib.Path("src", f"{i}.c").write_text(f"{i}\n")
        pathlib.Path("dodo.py").write_text(DODO.format(count=COUNT))
        lines = [
            "rule cp",
            "  command = bin/cp $in $out",
            *(f"build out/{i}.o: cp src/{i}.c" for i in range(COUNT)),
        ]
        pathlib.Path("build.ninja").write_text("\n".join(lines) + "\n")
        loops = [
            [sys.executable, "-S", "-c", LOOP.format(count=COUNT, environ=environ)]
            for environ in ("os.environ", repr(FIXED))
        ]
        engine = [sys.executable, "-m", "buildgraph"]
        rounds = []
        for _ in range(ROUNDS):
            floors = [built(loop) for loop in loops]
            found = {"ninja": built(["ninja", "-j1"]) - floors[0]}
            for workers in ("1", "2"):
                taken = built([*engine, "-n", workers]) - floors[1]
                shutil.rmtree(".buildgraph/certificates", ignore_errors=True)
                shutil.rmtree(".buildgraph/graphs", ignore_errors=True)
                found[f"engine, {workers} at once"] = taken - cpu([*engine, "-n", workers])
            rounds.append({name: 1000 * seconds / COUNT for name, seconds in found.items()})
        medians = {name: round(statistics.median(each[name] for each in rounds), 3) for name in rounds[0]}
        write_result(__file__, {"machine": machine(), "in memory": bool(memory), "milliseconds": medians})
    finally:
        os.chdir(ROOT)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
