"""What `doit test` runs, and takes, after an edit of one function of a view, and of one in `buildgraph/decide/`.

python bench/impact/edits.py [TESTS ...]

A clone of the last commit records the tests once (those of the application, of the graph and of its processes). Each edit adds a statement
to a function; the run after it, the run that goes back, and a run with nothing to do are told by their wall and CPU seconds, all included.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import machine, write_result

ROOT = Path(__file__).parents[2]
TESTS = ("tests/warehouse", "tests/buildgraph/decide", "tests/buildgraph/rules", "tests/process")
FUNCTIONS = (
    ("warehouse/pages/views.py", "health"),
    ("warehouse/pages/views.py", "home"),
    ("warehouse/feeds/views.py", "rss_updates"),
    ("warehouse/projects/views.py", "project"),
    ("warehouse/accounts/views.py", "login"),
    ("buildgraph/decide/staleness.py", "reasons"),
)
RAN = re.compile(r"impact: (\d+) ran, (\d+) reused")


def main() -> None:
    """Clone, record, edit, write the result."""
    tests = sys.argv[1:] or list(TESTS)
    result: dict[str, object] = {"machine": machine(), "tests": tests}
    with tempfile.TemporaryDirectory(prefix="edits-") as temporary:
        clone = Path(temporary, "clone")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        doit(clone, "env", "assets", "db:server")
        result["first run"] = told(clone, tests)
        result["nothing to do"] = told(clone, tests)
        for path, name in FUNCTIONS:
            file = clone / path
            original = file.read_text(encoding="utf-8")
            file.write_text(with_statement(original, name), encoding="utf-8")
            edited = told(clone, tests)
            file.write_text(original, encoding="utf-8")
            result[f"{path}: {name}"] = {"edited": edited, "taken back": told(clone, tests)}
            print(path, name, result[f"{path}: {name}"], file=sys.stderr, flush=True)
    write_result(__file__, result)


def with_statement(text: str, name: str) -> str:
    """Return a source in which a function asserts something more, at its end."""
    functions = {each.name: each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef)}
    last = functions[name].body[-1]
    lines = text.splitlines(keepends=True)
    return "".join(
        [*lines[: last.lineno - 1], " " * last.col_offset + "assert __name__\n", *lines[last.lineno - 1 :]]
    )


def doit(clone: Path, *words: str) -> str:
    """Run the graph's command; return what it says."""
    command = [sys.executable, "dodo.py", *words]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False).stdout


def told(clone: Path, tests: list[str]) -> dict[str, object]:
    """Run the tests that are affected; return what that took, how many ran, and of which folders."""
    before, began = os.times(), time.monotonic()
    said = doit(clone, "test", *tests, "-v")
    seconds, after = time.monotonic() - began, os.times()
    counts = RAN.search(said)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    folders: dict[str, int] = {}
    for path in re.findall(r"(?:PASSED|FAILED|SKIPPED) (tests/\w+)/", said):
        folders[path] = folders.get(path, 0) + 1
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "ran": int(counts[1]) if counts else None,
        "reused": int(counts[2]) if counts else None,
        "folders": folders,
        "failed": len(re.findall(r"FAILED tests/\S+ -", said)),
    }


if __name__ == "__main__":
    main()
