"""Precision: how many tests an edit of one statement of a module or class selects, now and at an earlier revision of the plugin.

python bench/impact/precision.py PROJECT [EDITS] [SEED] --source DIR --tests DIR [--path DIR] [--since REVISION]

The project is copied twice, and recorded once by each plugin. There are equally many random edits of each kind: a function added, a constant changed, a method added, a line of imports changed.
Each plugin says which tests the edit selects, those left out that start processes and depend on all files; what it affects is what a full run says. The result is written beside this script.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.impact.mutants import mutate
from bench.machine import machine

REPOSITORY = Path(__file__).parents[2]
METHODS = ("def added(self):\n    return 1", "def __bool__(self):\n    return False", "def __eq__(self, other):\n    return False", "added = 1")  # fmt: skip
FUNCTION = "def added(x, *, y=1):\n    return x"
IMPORTS = ("import colorsys", "from string import Template")
SELECTED = """
import json, os, sys
from buildgraph.impact import store
from buildgraph.impact.digests import Digests
from buildgraph.impact.facts import Now
from buildgraph.impact.paths import Paths
from buildgraph.impact.validity import decide
folder = os.path.join(os.getcwd(), '.buildgraph', 'impact')
segments = [store.read(folder, name) for name in store.names(folder)]
now = Now(Paths(os.getcwd()), Digests(folder), os.environ)
now.options = next(value for kind, _, value in segments[0].facts if kind == 'options')
decision = decide(segments, now)
tests = {nodeid for segment in segments for nodeid in segment.results}
opaque = set()
for segment in segments:
    for nodeid in segment.results:
        if any(fact[0] == 'tree' for fact in segment.facts_of(segment.closure('test:' + nodeid))):
            opaque.add(nodeid)
invalid = [nodeid for nodeid in tests if not decision.is_valid(nodeid)]
print(json.dumps([invalid, list(getattr(decision, 'renewed', ())), sorted(opaque)]))
"""


def edits(source: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield kinds of edit, each with the source that one edit of it makes."""
    for kind, edit in KINDS.items():
        tree = ast.parse(source)
        if edit(tree, rng):
            yield kind, ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def add_function(tree: ast.Module, rng: random.Random) -> bool:
    """Add a function between the statements of a module, after its imports."""
    first = max([number + 1 for number, node in enumerate(tree.body) if isinstance(node, ast.Import | ast.ImportFrom)], default=1)  # fmt: skip
    tree.body.insert(rng.randint(min(first, len(tree.body)), len(tree.body)), *ast.parse(FUNCTION).body)
    return True


def change_constant(tree: ast.Module, rng: random.Random) -> bool:
    """Change one value that a statement of a module or class assigns."""
    places = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    assigned = [node for each in places for node in each.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    values = [node for each in assigned if each.value for node in ast.walk(each.value)]
    rng.shuffle(values)
    return any(isinstance(node, ast.Constant) and mutate(node) for node in values)


def add_method(tree: ast.Module, rng: random.Random) -> bool:
    """Add a method or an attribute to a class."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if classes:
        rng.choice(classes).body.append(*ast.parse(rng.choice(METHODS)).body)
    return bool(classes)


def change_import(tree: ast.Module, rng: random.Random) -> bool:
    """Add an import, take a name from one, or change the order of two."""
    found = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = [node for node in found if getattr(node, "module", "") != "__future__"]
    if not found:
        return False
    node, other, what = rng.choice(found), rng.choice(found), rng.randrange(3)
    at = tree.body.index(node)
    if what == 0:
        tree.body.insert(at, *ast.parse(rng.choice(IMPORTS)).body)
    elif what == 1 and len(node.names) > 1:
        node.names.pop(rng.randrange(len(node.names)))
    else:
        other_at = tree.body.index(other)
        tree.body[at], tree.body[other_at] = other, node
    return True


KINDS = {"add function": add_function, "change constant": change_constant, "add method": add_method, "change import line": change_import}  # fmt: skip


class Copy:
    """A project with one revision of the plugin."""

    def __init__(self, given: argparse.Namespace, folder: Path, revision: str) -> None:
        self.given, self.root = given, folder / "project"
        ignored = shutil.ignore_patterns(".git", "__pycache__", ".venv", ".buildgraph", "node_modules", ".nodeenv")  # fmt: skip
        shutil.copytree(given.project, self.root, ignore=ignored)
        plugin = self.root if (self.root / "buildgraph" / "impact").is_dir() else folder / "plugin"
        if plugin != self.root:
            for name in ("buildgraph", "tests"):
                shutil.copytree(REPOSITORY / name, plugin / name, ignore=ignored)
        if revision:
            archive = subprocess.run(["git", "archive", revision, "buildgraph/impact"], cwd=REPOSITORY, check=True, capture_output=True)  # fmt: skip
            shutil.rmtree(plugin / "buildgraph" / "impact")
            subprocess.run(["tar", "-x", "-C", str(plugin)], input=archive.stdout, check=True)
        outcomes = REPOSITORY / "tests/buildgraph/impact/outcomes.py"
        shutil.copy2(outcomes, plugin / "outcomes_told.py")
        self.told = folder / "outcomes"
        path = os.pathsep.join([str(self.root / given.path), str(plugin)])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
        self.environment = kept | {"PYTHONPATH": path, "BUILDGRAPH_IMPACT_OUTCOMES": str(self.told), "PYTHONHASHSEED": "0"}  # fmt: skip

    def run(self, *words: str) -> dict[str, str]:
        """Run pytest; return outcomes by test."""
        self.told.unlink(missing_ok=True)
        command = [self.given.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "outcomes_told", *words, *self.given.tests]  # fmt: skip
        subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, timeout=600)
        outcomes: dict[str, str] = {}
        for line in self.told.read_text().splitlines() if self.told.exists() else ():
            nodeid, _, outcome = json.loads(line)
            if outcomes.get(nodeid) != "failed":
                outcomes[nodeid] = outcome
        return outcomes

    def selected(self) -> list[set[str]]:
        """Return the tests that would run now, of them those for the coverage of a module only, and all that any file affects."""
        done = subprocess.run([self.given.python, "-c", SELECTED], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True)  # fmt: skip
        return [set(each) for each in json.loads(done.stdout)]


def measure(given: argparse.Namespace) -> dict:
    """Compare what each edit affects with what each plugin selects."""
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as temporary:
        copies = {name: Copy(given, Path(temporary, name), revision) for name, revision in (("before", given.since), ("after", ""))}  # fmt: skip
        for copy in copies.values():
            plain = copy.run("-p", "buildgraph.impact", "--impact", "--impact-isolation=test")
        sources = [path.relative_to(copy.root) for each in given.source for path in sorted((copy.root / each).rglob("*.py"))]  # fmt: skip
        choices: dict[str, list[tuple[Path, str]]] = {kind: [] for kind in KINDS}
        while min(map(len, choices.values())) < given.edits:
            for path in rng.sample(sources, len(sources)):
                for kind, text in edits((copy.root / path).read_text(), rng):
                    choices[kind].append((path, text))
        found: dict = {kind: {"affected": 0, "edits_that_affect": 0, **{name: {"shares": [], "missed": 0} for name in copies}} for kind in KINDS}  # fmt: skip
        missed: list[str] = []
        for kind, every in choices.items():
            for path, text in every[: given.edits]:
                original = (copy.root / path).read_text()
                for each in copies.values():
                    (each.root / path).write_text(text)
                truth = copy.run("--continue-on-collection-errors")
                affected = {nodeid for nodeid in plain if truth.get(nodeid) != plain[nodeid]}
                found[kind]["affected"] += len(affected)
                found[kind]["edits_that_affect"] += bool(affected)
                for name, each in copies.items():
                    selected, renewed, opaque = each.selected()
                    found[kind][name]["shares"].append(
                        len(selected - opaque) / (len(plain.keys() - opaque) or 1)
                    )
                    lost = sorted(affected - (selected - renewed))
                    found[kind][name]["missed"] += len(lost)
                    missed += [f"{name} {kind} {path} {nodeid}" for nodeid in lost[:2]]
                    (each.root / path).write_text(original)
    for each in found.values():
        for name in copies:
            shares = each[name].pop("shares")
            each[name] |= {"median_selected": round(statistics.median(shares), 4), "mean_selected": round(statistics.mean(shares), 4)}  # fmt: skip
    return {"tests": len(plain), "edits_of_each_kind": given.edits, "kinds": found, "missed": missed}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("edits", type=int, nargs="?", default=10)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--source", action="append", required=True, help="what is edited")
    parser.add_argument("--path", default=".", help="what is put on PYTHONPATH")
    parser.add_argument("--tests", action="append", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--since", default="7ab2abf", help="the revision to compare with")
    parser.add_argument("--name", help="of the project in the result")
    given = parser.parse_args()
    began = time.monotonic()
    result = {"machine": machine(), "project": given.name or given.project.name, "seed": given.seed}
    result |= measure(given) | {"seconds": round(time.monotonic() - began)}
    target = Path(__file__).with_name("precision.json")
    known = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    target.write_text(json.dumps(known | {result["project"]: result}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
