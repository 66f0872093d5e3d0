"""Mutants: random changes of meaning in a project; whatever test a full run says is affected has to be selected.

python bench/impact/mutants.py PROJECT [MUTANTS] [SEED] [--source DIR] [--tests DIR] [--python PYTHON] [--testmon]

The project is copied. Each mutant is one change (a constant, a comparison, an operator, a condition, a returned value, a letter of a file of data) in one file: three of four in functions, the others in
modules, classes, conftests and data. Truth is a full run of pytest for each mutant; its outcomes are compared with those of two full runs before. `missed` are affected tests that were not
run. For some of the mutants, the coverage of the run of the affected is compared with that of a full one. The result is written beside this script.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.impact.changes import choose
from bench.machine import machine

REPOSITORY = Path(__file__).parents[2]
LEFT_OUT = (
    ".git", "__pycache__", ".tox", ".venv", ".buildgraph", "node_modules", ".nodeenv", ".pytest_cache", ".ruff_cache",
)  # fmt: skip
CPU_SECONDS = 300
"""Of one process; a mutant may never end."""
WORDS = {
    "impact": ("-p", "buildgraph.impact", "--impact", "--impact-isolation=test"),
    "testmon": ("--testmon",),
}
FULL = (
    "-p",
    "buildgraph.impact",
    "--impact-all",
    "--impact-isolation=test",
    "--impact-store=.buildgraph/full",
)


class Bench:
    """One project, copied."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self.given, self.root, self.told = given, folder / "project", folder / "outcomes"
        shutil.copytree(given.project, self.root, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self.tools = folder / "tools"
        self.tools.mkdir()
        self._off = ("-p", "no:testmon") if given.testmon else ()

    def run(self, *words: str) -> tuple[dict[str, str], float]:
        """Run pytest; return outcomes by test, and CPU seconds."""
        self.told.unlink(missing_ok=True)
        before = os.times()
        words = words if "--testmon" in words else (*self._off, *words)
        self.python(
            "-m", "pytest", "-q", "-p", "tests_outcomes", "--continue-on-collection-errors", *words, *self.given.tests
        )  # fmt: skip
        after = os.times()
        outcomes: dict[str, str] = {}
        for line in self.told.read_text().splitlines() if self.told.exists() else ():
            nodeid, _, outcome = json.loads(line)
            if outcomes.get(nodeid) != "failed":
                outcomes[nodeid] = outcome
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return outcomes, round(spent, 2)

    def python(self, *words: str) -> None:
        """Run Python in the project."""
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(
                [str(self.root / self.given.path), str(self.tools), str(REPOSITORY)]
            ),
            "BUILDGRAPH_IMPACT_OUTCOMES": str(self.told),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",  # A mutant of the same size in the same second would not show.
        }
        subprocess.run(
            [self.given.python, *words], cwd=self.root, env=environment, capture_output=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS)),
        )  # fmt: skip

    def store(self, name: str) -> Path:
        """Return where a selector keeps what it knows."""
        return self.root / (".buildgraph" if name == "impact" else ".testmondata")

    def saved(self, name: str) -> Path:
        """Return where that is kept meanwhile."""
        return self.root.with_name(f"saved-{name}")

    def save(self, name: str) -> None:
        """Keep what a selector knows."""
        _copy(self.store(name), self.saved(name))

    def restore(self, name: str) -> None:
        """Have a selector know what it knew."""
        if self.store(name).is_dir():
            shutil.rmtree(self.store(name))
        _copy(self.saved(name), self.store(name))

    def coverage(self, name: str) -> dict:
        """Return what coverage.py tells of a data file."""
        self.python("-m", "coverage", "json", "-q", f"--data-file={name}", "-o", f"{name}.json")
        path = self.root / f"{name}.json"
        found = json.loads(path.read_text())["files"] if path.exists() else {}
        for each in (path, self.root / name):
            each.unlink(missing_ok=True)
        return found


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def measure(given: argparse.Namespace) -> dict:
    """Record, then compare each mutant's full run with what is selected."""
    names = ["impact", *(["testmon"] if given.testmon else [])]
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(given, Path(temporary))
        told = (REPOSITORY / "tests/buildgraph/impact/outcomes.py").read_bytes()
        (bench.tools / "tests_outcomes.py").write_bytes(told)
        plain, seconds = bench.run()
        twice, _ = bench.run()
        stable = {nodeid: outcome for nodeid, outcome in plain.items() if twice.get(nodeid) == outcome}
        result: dict = {"tests": len(plain), "cpu_seconds_plain": seconds, "selectors": {}}
        for name in names:
            result["selectors"][name] = _record(bench, name)
        sources = sorted(path for each in given.source for path in (bench.root / each).rglob("*.py"))
        result |= {"mutants": 0, "killed": 0, "coverage_compared": 0, "coverage_differs": []}
        tests = [bench.root / each for each in given.tests]
        tests = [each if each.is_dir() else each.parent for each in tests]
        began = time.monotonic()
        for number, change in enumerate(choose(sources, tests[0], given.mutants, given.seed)):
            if time.monotonic() - began > given.minutes * 60:
                break
            original = change.path.read_bytes()
            change.path.write_text(change.apply(), encoding="utf-8")
            truth, _ = bench.run()
            affected = {nodeid for nodeid in stable if truth.get(nodeid) != stable[nodeid]}
            result["mutants"] += 1
            result["killed"] += bool(affected)
            where = f"{change.kind} {change.path.relative_to(bench.root)} {change.number}"
            compares = given.coverage and number % given.coverage == 0
            for name in names:
                bench.restore(name)
                more = ("--impact-coverage=.coverage.part",) if name == "impact" and compares else ()
                ran, _ = bench.run(*WORDS[name], *more)
                _note(result["selectors"][name], change.kind, where, affected, truth, ran, len(plain))
            if compares:
                bench.run(*FULL, "--impact-coverage=.coverage.full")
                result["coverage_compared"] += 1
                if bench.coverage(".coverage.part") != bench.coverage(".coverage.full"):
                    result["coverage_differs"].append(where)
            change.path.write_bytes(original)
            print(number, where, len(affected), file=sys.stderr, flush=True)
    for found in result["selectors"].values():
        _summarize(found)
    return result


def _record(bench: Bench, name: str) -> dict:
    ran, seconds = bench.run(*WORDS[name])
    again, quiet = bench.run(*WORDS[name])
    bench.save(name)
    return {
        "recorded": len(ran),
        "cpu_seconds_recording": seconds,
        "run_when_nothing_changed": len(again),
        "cpu_seconds_no_op": quiet,
        "affected": 0,
        "missed": 0,
        "unsafe_mutants": [],
        "selected": {},
        "precision": [],
    }


def _note(found: dict, kind: str, where: str, affected: set, truth: dict, ran: dict, count: int) -> None:
    missed = {nodeid for nodeid in affected - ran.keys() if nodeid in truth}  # Others were not collected.
    found["affected"] += len(affected)
    found["missed"] += len(missed)
    if missed:
        found["unsafe_mutants"].append([where, *sorted(missed)[:3]])
    found["selected"].setdefault(kind, []).append(round(len(ran) / count, 4))
    if ran and affected:
        found["precision"].append(len(affected & ran.keys()) / len(ran))


def _summarize(found: dict) -> None:
    every = [each for shares in found["selected"].values() for each in shares]
    found["selected"] = {
        kind: {"mutants": len(shares), "median": statistics.median(shares)}
        for kind, shares in [*sorted(found["selected"].items()), ("all", every)]
        if shares
    }
    found["precision"] = round(statistics.mean(found["precision"]), 3) if found["precision"] else None
    found["recall"] = round(1 - found["missed"] / found["affected"], 4) if found["affected"] else None


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("mutants", type=int, nargs="?", default=40)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--source", nargs="+", default=["src"], help="what is mutated")
    parser.add_argument("--path", default="src", help="what is put on PYTHONPATH")
    parser.add_argument("--tests", nargs="+", default=["tests"])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--testmon", action="store_true")
    parser.add_argument(
        "--coverage", type=int, default=5, help="compare coverage for each so many mutants; 0: none"
    )
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after that")
    parser.add_argument("--name", default="", help="what the result is called")
    given = parser.parse_args()
    began = time.monotonic()
    name = given.name or re.sub(r"[^A-Za-z]+", "_", given.project.name).strip("_").lower() or "project"
    text = json.dumps(
        {"machine": machine(), "project": given.project.name, "seed": given.seed}
        | measure(given)
        | {"seconds": round(time.monotonic() - began)},
        indent=1,
    )
    Path(__file__).with_name(f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
