"""Worker: what a request to a worker costs, in CPU milliseconds, next to the same command started alone.

    python bench/engine/worker.py

Four hundred files are copied by a Python program: as a command for each, and as requests to one worker that is started by the first. `bare` is a
loop that calls the program's function, without any engine; what starting the engine on a graph without work takes is subtracted from the others. The median of five
rounds, in which all take turns.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.engine.dispatch import built, cpu  # noqa: E402 (after the path is known)
from bench.machine import machine, write_result  # noqa: E402

COUNT = 400
ROUNDS = 5
TOOL = """
from buildgraph import worker

def main(words):
    with open(words[0]) as source, open(words[1], "w") as target:
        target.write(source.read())

if __name__ == "__main__":
    worker.run(main)
"""
BARE = """
import tool
for i in range({count}):
    tool.main([f"src/{{i}}", f"out/{{i}}"])
"""
DODO = """
from buildgraph import rule
def task_copy():
    for i in range({count}):
        yield rule(name=f"n{{i}}", inputs=[f"src/{{i}}"], outputs=[f"out/{{i}}"], tools=["tool.py"], environment={{"PYTHONPATH": {root!r}}},
                   command=["python", "tool.py", f"src/{{i}}", f"out/{{i}}"], worker={worker})
"""


def milliseconds() -> dict[str, float]:
    """Return for each way what one copy takes."""
    found = {"bare": built([sys.executable, "-c", BARE.format(count=COUNT)])}
    for name, worker in (("alone", 0), ("worker", 2)):
        pathlib.Path("dodo.py").write_text(DODO.format(count=COUNT, root=str(ROOT), worker=worker))
        for lanes in ("1", "2"):
            engine = [sys.executable, "-m", "buildgraph", "-n", lanes]
            taken = built(engine)
            shutil.rmtree(".buildgraph/certificates", ignore_errors=True)
            shutil.rmtree(".buildgraph/graphs", ignore_errors=True)
            found[f"{name}, {lanes} at once"] = taken - cpu(engine)
    return {name: 1000 * seconds / COUNT for name, seconds in found.items()}


def main() -> None:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="bench-worker-", dir=memory)
    os.chdir(folder)
    try:
        pathlib.Path("src").mkdir()
        pathlib.Path("tool.py").write_text(TOOL)
        for i in range(COUNT):
            pathlib.Path("src", f"{i}").write_text(f"{i}\n")
        rounds = [milliseconds() for _ in range(ROUNDS)]
        medians = {name: round(statistics.median(each[name] for each in rounds), 3) for name in rounds[0]}
        write_result(__file__, {"machine": machine(), "in memory": bool(memory), "milliseconds": medians})
    finally:
        os.chdir(ROOT)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
