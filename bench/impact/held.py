"""Held: random edits of this repository, one after the other; what a run with --impact runs and what it reuses is a full run, test by test.

python3 dodo.py env assets catalogs db:server
.venv/bin/python bench/impact/held.py [EDITS] [SEED] [--minutes M] [TESTS ...]

The checkout is copied. Each step edits one place of one file (Python, templates, SQL, requirements, translations, styles, scripts, `dodo.py`), or takes an
earlier edit back, or all of them. Then pytest runs with the plugin, and without it. A test that says something else from one full run to the next without an edit
is left out. The result is `held.json` beside this script, written anew after each step.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import string
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.impact.changes import of_python
from bench.impact.mutants import REPOSITORY, WORDS, Bench
from bench.machine import machine
from buildgraph.files import write_text
from tests.warehouse.databases import started_server

TESTS = (
    *(f"tests/buildgraph/{each}" for each in ("decide", "rules", "record")),
    *(f"tests/quality/test_{each}.py" for each in ("limits", "lint", "testpaths", "unread")),
    *(
        f"tests/warehouse/{each}"
        for each in ("pages", "simple", "feeds", "languages", "test_assets.py", "test_settings.py")
    ),
)
KINDS = {
    "application": ("warehouse/**/*.py",),
    "library": (
        "buildgraph/decide/**/*.py",
        "buildgraph/rules/**/*.py",
        "buildgraph/record/**/*.py",
        "buildgraph/*.py",
    ),
    "tests": (
        "tests/warehouse/*.py",
        "tests/warehouse/pages/*.py",
        "tests/warehouse/simple/*.py",
        "tests/buildgraph/decide/*.py",
    ),
    "templates": ("warehouse/templates/**/*.jinja2",),
    "sql": ("warehouse/migrations/**/*.sql",),
    "requirements": ("requirements/*.in", "requirements/*.txt"),
    "translations": ("warehouse/locale/**/*.po", "warehouse/locale/**/*.mo"),
    "styles": ("static/**/*.scss", "warehouse/static/dist/**/*.css"),
    "scripts": ("static/**/*.js",),
    "dodo.py": ("dodo.py", "pyproject.toml"),
}
"""What is edited, each kind as often as another: also what is made of sources, since no task runs between the edits."""

LETTERS = (string.ascii_letters + string.digits).encode()


class Edits:
    """The edits that a copy of the repository has at the moment."""

    def __init__(self, root: Path, seed: int) -> None:
        self._rng = random.Random(seed)
        self._paths = {
            kind: sorted(path for each in patterns for path in root.glob(each) if path.stat().st_size)
            for kind, patterns in KINDS.items()
        }
        self._originals: dict[Path, bytes] = {}

    def step(self) -> tuple[str, str]:
        """Edit, or take edits back; return the kind, and which file."""
        turn = self._rng.random()
        if self._originals and turn < 0.15:
            path = self._rng.choice(sorted(self._originals))
            path.write_bytes(self._originals.pop(path))
            return "taken back", str(path)
        if self._originals and (turn < 0.25 or len(self._originals) > 5):
            for path, content in self._originals.items():
                path.write_bytes(content)
            self._originals.clear()
            return "all taken back", ""
        while True:
            kind = self._rng.choice(sorted(self._paths))
            path = self._rng.choice(self._paths[kind])
            changed = self._changed(path)
            if changed is not None and changed != path.read_bytes():
                self._originals.setdefault(path, path.read_bytes())
                path.write_bytes(changed)
                return kind, str(path)

    def _changed(self, path: Path) -> bytes | None:
        content = path.read_bytes()
        if path.suffix == ".py":
            try:
                changes = list(of_python(path))
            except SyntaxError:
                return None
            text = self._rng.choice(changes).apply() if changes else None
            return None if text is None else text.encode()
        places = [at for at, letter in enumerate(content) if letter in LETTERS]
        at = self._rng.choice(places)
        return content[:at] + (b"b" if content[at : at + 1] == b"a" else b"a") + content[at + 1 :]


def measure(given: argparse.Namespace, keep) -> None:
    """Step by step, compare; hand on what is known after each."""
    with tempfile.TemporaryDirectory() as temporary, started_server() as server:
        os.environ.update(server)
        bench = Bench(given, Path(temporary))
        told = (REPOSITORY / "tests/buildgraph/impact/outcomes.py").read_bytes()
        (bench.tools / "tests_outcomes.py").write_bytes(told)
        for name in ("selected", "reused"):
            (bench.tools / f"tests_{name}.py").write_bytes(
                Path(__file__).with_name(f"{name}.py").read_bytes()
            )
        reused = bench.told.with_name("reused")
        os.environ["BUILDGRAPH_IMPACT_REUSED"] = str(reused)
        words = ("-p", "tests_reused")
        plain, _ = bench.run(*words)
        twice, _ = bench.run(*words)
        stable = {nodeid for nodeid, outcome in plain.items() if twice.get(nodeid) == outcome}
        bench.run(*words, *WORDS["impact"])
        found: dict = {
            "tests": len(plain),
            "edits": 0,
            "by_kind": {},
            "changed_results": 0,
            "ran": 0,
            "reused": 0,
            "wrong": [],
        }
        kinds: Counter[str] = Counter()
        edits, before, began = Edits(bench.root, given.seed), plain, time.monotonic()
        for _ in range(given.edits):
            if time.monotonic() - began > given.minutes * 60:
                break
            kind, path = edits.step()
            reused.unlink(missing_ok=True)
            ran, _ = bench.run(*words, *WORDS["impact"])
            held = json.loads(reused.read_text()) if reused.exists() else {}
            truth, _ = bench.run(*words)
            wrong = [
                f"{nodeid}: {(held | ran).get(nodeid)}, not {truth[nodeid]}"
                for nodeid in sorted(truth)
                if (nodeid in stable or nodeid not in plain) and (held | ran).get(nodeid) != truth[nodeid]
            ]
            kinds[kind] += 1
            found["edits"] += 1
            found["by_kind"] = dict(sorted(kinds.items()))
            found["changed_results"] += sum(
                before.get(nodeid) != outcome for nodeid, outcome in truth.items()
            )
            found["ran"] += len(ran)
            found["reused"] += len(held)
            if wrong:
                found["wrong"].append(
                    [f"{kind} {Path(path).relative_to(bench.root) if path else ''}", *wrong[:3]]
                )
            print(
                found["edits"],
                kind,
                path.removeprefix(str(bench.root)),
                len(ran),
                len(held),
                wrong[:1],
                file=sys.stderr,
                flush=True,
            )
            before = truth
            keep(found)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("edits", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no edit after that")
    parser.add_argument("--tests", nargs="+", default=list(TESTS))
    given = parser.parse_args()
    given.project, given.path, given.python, given.testmon = REPOSITORY, ".", sys.executable, False
    head = {"machine": machine(), "seed": given.seed}
    path = Path(__file__).with_name("held.json")
    began = time.monotonic()

    def keep(found: dict) -> None:
        write_text(
            str(path),
            json.dumps(head | found | {"seconds": round(time.monotonic() - began)}, indent=1) + "\n",
        )

    measure(given, keep)


if __name__ == "__main__":
    main()
