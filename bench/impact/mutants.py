"""Mutants: random changes of meaning in a project; whatever test a full run says is affected has to be selected.

python bench/impact/mutants.py PROJECT [MUTANTS] [SEED] [--source DIR] [--tests DIR] [--python PYTHON] [--testmon]

The project is copied. Each mutant is one change (a constant, a comparison, an operator, a condition, a returned value, a letter of a file of data) in one file: three of four in functions, the others in
modules, classes, conftests and data. Truth is a full run of pytest for each mutant; its outcomes are compared with those of two full runs before. `missed` are affected tests that were not
run. What is selected is what the plugin decides when a run starts; for every so-manieth mutant (`--coverage`) that run is made as well, and its coverage compared with that of a full one. The
result is an entry of `mutants.json` beside this script, written anew after each mutant.
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
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.impact.changes import choose
from bench.machine import machine
from buildgraph.files import write_text

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
PLUGINS = ("-p", "tests_outcomes", "-p", "tests_selected", "--continue-on-collection-errors")
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
            "-m", "pytest", "-q", *PLUGINS, *words, *self.given.tests
        )  # fmt: skip
        after = os.times()
        outcomes: dict[str, str] = {}
        for line in self.told.read_text().splitlines() if self.told.exists() else ():
            nodeid, _, outcome = json.loads(line)
            if outcomes.get(nodeid) != "failed":
                outcomes[nodeid] = outcome
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return outcomes, round(spent, 2)

    def python(self, *words: str, **more: str) -> None:
        """Run Python in the project, with more variables."""
        environment = (
            os.environ
            | {
                "PYTHONPATH": os.pathsep.join(
                    [str(self.root / self.given.path), str(self.tools), str(REPOSITORY)]
                ),
                "BUILDGRAPH_IMPACT_OUTCOMES": str(self.told),
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "1",  # A mutant of the same size in the same second would not show.
            }
            | more
        )
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

    def selected(self) -> set[str]:
        """Return the known tests that a run would run."""
        chosen = self.told.with_name("selected")
        chosen.unlink(missing_ok=True)
        words = (*PLUGINS, *self._off, *WORDS["impact"], *self.given.tests)
        self.python("-m", "pytest", "-q", *words, BUILDGRAPH_IMPACT_SELECTED=str(chosen))
        return set(chosen.read_text().splitlines())

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


def measure(given: argparse.Namespace, keep: Callable[[dict], None]) -> None:
    """Record, then compare each mutant's full run with what is selected; hand on what is known after each."""
    names = ["impact", *(["testmon"] if given.testmon else [])]
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(given, Path(temporary))
        told = (REPOSITORY / "tests/buildgraph/impact/outcomes.py").read_bytes()
        (bench.tools / "tests_outcomes.py").write_bytes(told)
        (bench.tools / "tests_selected.py").write_bytes(Path(__file__).with_name("selected.py").read_bytes())
        plain, seconds = bench.run()
        twice, _ = bench.run()
        stable = {nodeid: outcome for nodeid, outcome in plain.items() if twice.get(nodeid) == outcome}
        result: dict = {"tests": len(plain), "cpu_seconds_plain": seconds, "selectors": {}}
        for name in names:
            result["selectors"][name] = _record(bench, name)
        sources = sorted(path for each in given.source for path in (bench.root / each).rglob("*.py"))
        result |= {"mutants": 0, "killed": 0, "made_runs": 0, "coverage_compared": 0, "coverage_differs": [], "run_is_not_what_was_decided": []}  # fmt: skip
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
            bench.restore("impact")
            ran = bench.selected()
            if compares:
                made, _ = bench.run(*WORDS["impact"], "--impact-coverage=.coverage.part")
                result["made_runs"] += 1
                if made.keys() & plain.keys() & truth.keys() != ran & truth.keys():
                    result["run_is_not_what_was_decided"].append(where)
            _note(result["selectors"]["impact"], change.kind, where, affected, truth, ran, len(plain))
            if given.testmon:
                bench.restore("testmon")
                told_by, _ = bench.run(*WORDS["testmon"])
                found = result["selectors"]["testmon"]
                _note(found, change.kind, where, affected, truth, set(told_by), len(plain))
            if compares:
                bench.run(*FULL, "--impact-coverage=.coverage.full")
                result["coverage_compared"] += 1
                if bench.coverage(".coverage.part") != bench.coverage(".coverage.full"):
                    result["coverage_differs"].append(where)
            change.path.write_bytes(original)
            print(number, where, len(affected), len(ran), file=sys.stderr, flush=True)
            summaries = {name: _summary(found) for name, found in result["selectors"].items()}
            keep({**result, "selectors": summaries})


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


def _note(found: dict, kind: str, where: str, affected: set, truth: dict, ran: set, count: int) -> None:
    missed = {nodeid for nodeid in affected - ran if nodeid in truth}  # Others were not collected.
    found["affected"] += len(affected)
    found["missed"] += len(missed)
    if missed:
        found["unsafe_mutants"].append([where, *sorted(missed)[:3]])
    found["selected"].setdefault(kind, []).append(round(len(ran) / count, 4))
    if ran and affected:
        found["precision"].append(len(affected & ran) / len(ran))


def _summary(found: dict) -> dict:
    every = [each for shares in found["selected"].values() for each in shares]
    return {
        **found,
        "selected": {
            kind: {"mutants": len(shares), "median": statistics.median(shares)}
            for kind, shares in [*sorted(found["selected"].items()), ("all", every)]
            if shares
        },
        "precision": round(statistics.mean(found["precision"]), 3) if found["precision"] else None,
        "recall": round(1 - found["missed"] / found["affected"], 4) if found["affected"] else None,
    }


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
    parser.add_argument("--into", type=Path, help="the file that gets the result")
    parser.add_argument("--name", default="", help="what the result is called")
    given = parser.parse_args()
    began = time.monotonic()
    name = given.name or re.sub(r"[^A-Za-z]+", "_", given.project.name).strip("_").lower() or "project"
    head = {"machine": machine(), "project": given.project.name, "seed": given.seed}
    path = given.into or Path(__file__).with_name("mutants.json")

    def keep(found: dict) -> None:
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        known[name] = head | found | {"seconds": round(time.monotonic() - began)}
        write_text(str(path), json.dumps(known, indent=1) + "\n")

    measure(given, keep)


if __name__ == "__main__":
    main()
