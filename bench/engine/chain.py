"""A chain: N tasks, each of which reads what the one before it has made; nothing may recurse or grow with N squared.

    python bench/engine/chain.py [N ...]        (default 1000 100000; the last builds for some minutes)

Prints CPU seconds: the first build, and a no-op without certificate and stored graph, which loads the graph, orders it and
looks at every file; what `doit list` takes, which only loads it, is subtracted to tell what an up-to-date task costs.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.engine.noop import measure  # noqa: E402 (after the path is known)
from bench.machine import machine, write_result  # noqa: E402

DODO = """
from buildgraph import rule
def task_link():
    for i in range({count}):
        before, path = f"chain/{{i // 1000}}/{{i}}", f"chain/{{(i + 1) // 1000}}/{{i + 1}}"
        yield rule(name=str(i + 1), inputs=[before], outputs=[path], command=["bin/cp", before, path])
"""


def chain(count: int) -> dict[str, float]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-chain-"))
    try:
        (folder / "bin").mkdir()
        shutil.copy(shutil.which("cp") or "/bin/cp", folder / "bin/cp")
        (folder / "chain/0").mkdir(parents=True)
        (folder / "chain/0/0").write_text("the first link\n")
        (folder / "dodo.py").write_text(DODO.format(count=count))
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        engine = [sys.executable, "-m", "buildgraph", "-r", "silent"]
        built, _ = measure(engine, folder, environ)
        last = folder / f"chain/{count // 1000}/{count}"
        assert last.read_text() == "the first link\n"
        measure(engine, folder, environ)  # What was made just now is read once more.
        seconds, memory = measure(engine, folder, environ)
        loading, _ = measure([sys.executable, "-m", "buildgraph", "list", "-q"], folder, environ)
        return {
            "first build, seconds": round(built, 2),
            "no-op, seconds": round(seconds, 3),
            "loading alone, seconds": round(loading, 3),
            "beyond loading, microseconds a task": round((seconds - loading) / count * 1e6, 1),
            "memory, MiB": round(memory),
        }
    finally:
        shutil.rmtree(folder)


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [1000, 100_000]
    write_result(__file__, {"machine": machine(), "tasks": {str(count): chain(count) for count in counts}})


if __name__ == "__main__":
    main()
