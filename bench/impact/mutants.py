"""Mutants: random changes of meaning in a project; whatever test a full run says is affected has to be selected.

python bench/impact/mutants.py PROJECT [MUTANTS] [SEED] [--source DIR] [--tests DIR] [--python PYTHON] [--testmon]

The project is copied. Each mutant is one change (a constant, a comparison, an operator, a condition, a returned value) in one file of the source. Truth is a full run of pytest for
each mutant; its outcomes are compared with those of a full run before. `missed` are affected tests that were not run. The result is written beside this script.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.machine import machine

REPOSITORY = Path(__file__).parents[2]
COMPARISONS = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.And: ast.Or, ast.Or: ast.And}


def mutants(source: str) -> list[tuple[str, str]]:
    """Return the kinds of change that a source allows, with the changed sources."""
    found = []
    count = sum(1 for _ in ast.walk(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        inside = {id(each) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) for statement in function.body for each in ast.walk(statement)}  # fmt: skip
        node = list(ast.walk(tree))[number]
        kind = "function" if id(node) in inside else "module"
        if mutate(node):
            found.append((kind, ast.unparse(ast.fix_missing_locations(tree))))
    return found


def mutate(node: ast.AST) -> bool:
    """Change a node; return False if it cannot be changed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
    elif (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and node.value
        and len(node.value) < 40
    ):
        node.value = node.value + node.value[:1]
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        node.ops[0] = COMPARISONS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in OPERATORS:
        node.op = OPERATORS[type(node.op)]()
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        node.value = ast.Constant(None)
    else:
        return False
    return True


class Bench:
    """One project, copied."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self.given, self.root, self.told = given, folder / "project", folder / "outcomes"
        shutil.copytree(
            given.project, self.root, ignore=shutil.ignore_patterns(".git", "__pycache__", ".tox")
        )

    def run(self, *words: str) -> tuple[dict[str, str], float]:
        """Run pytest; return outcomes by test, and CPU seconds."""
        self.told.unlink(missing_ok=True)
        path = os.pathsep.join([str(self.root / self.given.path), str(REPOSITORY)])
        environment = os.environ | {
            "PYTHONPATH": path,
            "BUILDGRAPH_IMPACT_OUTCOMES": str(self.told),
            "PYTHONHASHSEED": "0",
        }
        before = os.times()
        command = [
            self.given.python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests_outcomes",
            "--continue-on-collection-errors",
            *words,
            self.given.tests,
        ]
        subprocess.run(command, cwd=self.root, env=environment, capture_output=True, timeout=300)
        after = os.times()
        outcomes: dict[str, str] = {}
        for line in self.told.read_text().splitlines() if self.told.exists() else ():
            nodeid, _, outcome = json.loads(line)
            if outcomes.get(nodeid) != "failed":
                outcomes[nodeid] = outcome
        return outcomes, round(
            after.children_user + after.children_system - before.children_user - before.children_system, 2
        )

    def store(self, name: str) -> Path:
        return self.root / (".buildgraph" if name == "impact" else ".testmondata")


WORDS = {
    "impact": ("-p", "buildgraph.impact", "--impact", "--impact-isolation=test"),
    "testmon": ("--testmon",),
}


def measure(given: argparse.Namespace) -> dict:
    """Record, then compare each mutant's full run with what is selected."""
    names = ["impact", *(["testmon"] if given.testmon else [])]
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(given, Path(temporary))
        (bench.root / given.path / "tests_outcomes.py").write_bytes(
            (REPOSITORY / "tests/buildgraph/impact/outcomes.py").read_bytes()
        )
        plain, seconds = bench.run("-p", "no:testmon")
        result: dict = {"tests": len(plain), "cpu_seconds_plain": seconds, "selectors": {}}
        for name in names:
            ran, seconds = bench.run(*WORDS[name])
            again, quiet = bench.run(*WORDS[name])
            result["selectors"][name] = {
                "recorded": len(ran),
                "cpu_seconds_recording": seconds,
                "run_when_nothing_changed": len(again),
                "cpu_seconds_no_op": quiet,
                "affected": 0,
                "missed": 0,
                "unsafe_mutants": 0,
                "selected": {"function": [], "module": []},
                "missed_tests": [],
            }
            saved = bench.store(name).with_name(f"saved-{name}")
            (shutil.copytree if name == "impact" else shutil.copy2)(bench.store(name), saved)
        rng = random.Random(given.seed)
        sources = sorted((bench.root / given.source).rglob("*.py"))
        choices = [(path, *each) for path in sources for each in mutants(path.read_text())]
        killed = 0
        for path, kind, text in rng.sample(choices, given.mutants):
            original = path.read_text()
            path.write_text(text)
            truth, _ = bench.run("-p", "no:testmon")
            affected = {nodeid for nodeid in plain if truth.get(nodeid) != plain[nodeid]}
            killed += bool(affected)
            for name in names:
                store, saved = bench.store(name), bench.store(name).with_name(f"saved-{name}")
                shutil.rmtree(store) if name == "impact" else store.unlink()
                (shutil.copytree if name == "impact" else shutil.copy2)(saved, store)
                ran, _ = bench.run(*WORDS[name])
                found = result["selectors"][name]
                missed = affected - ran.keys() if ran or truth else set()
                missed -= {nodeid for nodeid in affected if nodeid not in truth}  # it could not be collected
                found["affected"] += len(affected)
                found["missed"] += len(missed)
                found["unsafe_mutants"] += bool(missed)
                found["missed_tests"] += sorted(missed)[:3]
                found["selected"][kind].append(round(len(ran) / len(plain), 4))
            path.write_text(original)
        result |= {"mutants": given.mutants, "killed": killed}
    for found in result["selectors"].values():
        every = [each for shares in found["selected"].values() for each in shares]
        found["selected"] = {
            kind: {"mutants": len(shares), "median": statistics.median(shares)}
            for kind, shares in [*found["selected"].items(), ("all", every)]
            if shares
        }
        found["recall"] = round(1 - found["missed"] / found["affected"], 4) if found["affected"] else None
    return result


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("mutants", type=int, nargs="?", default=40)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--source", default="src", help="what is mutated")
    parser.add_argument("--path", default="src", help="what is put on PYTHONPATH")
    parser.add_argument("--tests", default="tests")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--testmon", action="store_true")
    given = parser.parse_args()
    began = time.monotonic()
    name = re.sub(r"[^A-Za-z]+", "_", given.project.name).strip("_").lower() or "project"
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
