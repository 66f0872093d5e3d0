"""Cost: what recording takes beside plain pytest and coverage with branches, in CPU seconds of all processes.

python bench/impact/cost.py NAME=PROJECT:TESTS[,TESTS] ... [--rounds N] [--path DIR] [--python PYTHON]

The ways to run take turns, so that a change in the machine's load meets all of them. The least of the rounds counts; ratios are to coverage with branches. The result is written beside this script, as
`cost.json`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine, write_result

REPOSITORY = Path(__file__).parents[2]
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:testmon")
IMPACT = (*PYTEST, "-p", "buildgraph.impact", "--impact-all")
WAYS = {
    "plain": PYTEST,
    "coverage": ("-m", "coverage", "run", "--rcfile=", "--branch", "--source=.", "--data-file=.coverage.cost", *PYTEST),
    **{kind: (*IMPACT, f"--impact-isolation={kind}", "--impact-store=.buildgraph/cost") for kind in ("process", "file", "test")},
}  # fmt: skip


def measure(given: argparse.Namespace, project: Path, tests: list[str]) -> dict:
    """Return the seconds of each way, and their ratios."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    paths = [each for each in (given.path, str(REPOSITORY)) if each]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"}
    for _ in range(given.rounds):
        for way, words in WAYS.items():
            before = os.times()
            subprocess.run(
                [given.python, *words, *tests], cwd=project, env=environment, capture_output=True, check=True
            )
            after = os.times()
            spent = (
                after.children_user + after.children_system - before.children_user - before.children_system
            )
            seconds[way].append(round(spent, 2))
    shutil.rmtree(project / ".buildgraph" / "cost", ignore_errors=True)
    (project / ".coverage.cost").unlink(missing_ok=True)
    best = {way: min(each) for way, each in seconds.items()}
    ratios = {way: round(each / best["coverage"], 2) for way, each in best.items()}
    return {"cpu_seconds": seconds, "of_coverage": ratios}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("suites", nargs="+", metavar="NAME=PROJECT:TESTS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--path", default="src", help="what is put on PYTHONPATH, below the project")
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    result: dict[str, object] = {"machine": machine()}
    for suite in given.suites:
        name, _, where = suite.partition("=")
        folder, _, tests = where.partition(":")
        with tempfile.TemporaryDirectory() as temporary:
            project = Path(temporary, "project")
            ignored = shutil.ignore_patterns(
                ".git", ".venv", ".buildgraph", "node_modules", "__pycache__", ".nodeenv"
            )
            shutil.copytree(folder, project, symlinks=True, ignore=ignored)
            result[name] = measure(given, project, tests.split(","))
    write_result(__file__, result)


if __name__ == "__main__":
    main()
