"""Edit: what `doit assets` costs in this repository after one stylesheet was edited, beside its commands, in CPU milliseconds.

    python3 dodo.py assets && .venv/bin/python bench/engine/edit.py

A comment in `static/sass/print.scss` changes, `.venv/bin/doit assets` runs, and then the commands of the tasks that it made run once more,
started by hand one after the other with the environment that the engine gives them. The median of the differences of all
rounds is what the engine adds: starting Python, proving what has not moved, staging, publishing, recording. The file is put back.
"""

from __future__ import annotations

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine, write_result  # noqa: E402 (after the path is known)
from buildgraph.act import command  # noqa: E402
from buildgraph.act.environment import compose  # noqa: E402
from buildgraph.bootstrap import tools_python  # noqa: E402
from buildgraph.proof import evidence  # noqa: E402

DOIT = [".venv/bin/doit", "assets"]
ROUNDS = 11
STYLESHEET = ROOT / "static/sass/print.scss"


def cpu(words: list[str], environ: dict[str, str]) -> tuple[float, str]:
    """Return milliseconds, and what was said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(words, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), said


def main() -> None:
    os.chdir(ROOT)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    while "up to date" not in cpu(DOIT, environ)[1]:
        time.sleep(0.1)
    python = tools_python(str(ROOT))
    plan = evidence.read(["assets"], python).stored.plan
    content, rounds, made = STYLESHEET.read_text(), [], []
    try:
        for number in range(ROUNDS + 1):
            STYLESHEET.write_text(f"{content}/* {number} */\n")
            whole, said = cpu(DOIT, environ)
            made = [line.split()[1] for line in said.splitlines() if line.startswith("made")]
            alone = 0.0
            for name in made:
                program, *words = command.resolve(plan.command(name))
                program = python if program == sys.executable else program
                alone += cpu([program, *words], compose(plan.rules[name], environ, str(ROOT)))[0]
            rounds.append((whole, alone))
    finally:
        STYLESHEET.write_text(content)
        cpu(DOIT, environ)
    rounds = rounds[1:]
    write_result(
        __file__,
        {
            "machine": machine(),
            "made": made,
            "milliseconds": {
                "doit assets": round(statistics.median(whole for whole, _ in rounds), 1),
                "its commands": round(statistics.median(alone for _, alone in rounds), 1),
                "the rest": round(statistics.median(whole - alone for whole, alone in rounds), 1),
                "a bare Python": round(
                    statistics.median(cpu([python, "-ISc", "pass"], environ)[0] for _ in rounds), 1
                ),
            },
        },
    )


if __name__ == "__main__":
    main()
