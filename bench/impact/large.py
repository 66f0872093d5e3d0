"""A project of 5,000 tests: what a run takes when nothing changed, and how long the first test takes to start after an edit of one function.

python bench/impact/large.py [FILES] [TESTS_IN_EACH]

Nothing to do is asked by `python -m buildgraph.impact`, as `doit test` asks. The first test starts when pytest says so (`pytest_runtest_logstart`), counted from the start of
the process; each edit is another one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import machine, write_result

REPOSITORY = Path(__file__).parents[2]
ROUNDS = 7
WORDS = (
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "first",
    "-p",
    "buildgraph.impact",
    "--impact",
    "--impact-isolation=test",
)
FIRST = """
import os, time

def pytest_runtest_logstart(nodeid):
    if not os.path.exists({path!r}):
        with open({path!r}, "w") as file:
            file.write(str(time.time()))
"""


def main() -> None:
    """Make the project, record, measure, write the result."""
    files, tests = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (100, 50)
    result: dict[str, object] = {"machine": machine(), "tests": files * tests, "files": files}
    with tempfile.TemporaryDirectory(prefix="large-") as temporary:
        root = Path(temporary)
        make(root, files, tests)
        began = time.time()
        python(root, "-m", "pytest", *WORDS)
        result["recording, seconds"] = round(time.time() - began, 1)
        python(root, "-m", "buildgraph.impact", "--", *WORDS)
        result["nothing to do, seconds"] = [asked(root) for _ in range(ROUNDS)]
        result["first test after an edit, seconds"] = [first(root, number) for number in range(ROUNDS)]
        for name in ("nothing to do", "first test after an edit"):
            result[f"{name}, median"] = statistics.median(result[f"{name}, seconds"])  # type: ignore[arg-type] # a list
    write_result(__file__, result)


def make(root: Path, files: int, tests: int) -> None:
    """Write as many modules with a function for each test, and files with the tests."""
    (root / "app").mkdir()
    (root / "tests").mkdir()
    texts = {
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "first.py": FIRST.format(path=str(told(root))),
        "app/__init__.py": "",
    }
    for number in range(files):
        functions = (f"def f{each}(x):\n    y = x + {each}\n    return y\n\n\n" for each in range(tests))
        checks = (
            f"def test_{each}():\n    assert m{number}.f{each}(1) == {each + 1}\n\n\n"
            for each in range(tests)
        )
        texts[f"app/m{number}.py"] = "".join(functions)
        texts[f"tests/test_m{number}.py"] = f"from app import m{number}\n\n\n{''.join(checks)}"
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project."""
    path = os.pathsep.join([str(root), str(REPOSITORY)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run([sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True)


def asked(root: Path) -> float:
    """Return how long it takes to hear that nothing is affected."""
    began = time.perf_counter()
    done = python(root, "-m", "buildgraph.impact", "--", *WORDS)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"something is affected: {done.stdout}{done.stderr}")
    return round(seconds, 3)


def first(root: Path, number: int) -> float:
    """Edit a function; return how long it takes until a test of it starts."""
    module = root / f"app/m{number}.py"
    told(root).unlink(missing_ok=True)
    module.write_text(module.read_text().replace("    return y\n", "    return y + 0\n", 1))
    began = time.time()
    done = python(root, "-m", "pytest", *WORDS)
    if "impact: 1 ran" not in done.stdout:
        sys.exit(f"not one test ran: {done.stdout}{done.stderr}")
    return round(float(told(root).read_text()) - began, 3)


def told(root: Path) -> Path:
    """Return the file, outside of the project, that gets the time at which the first test starts."""
    return root.with_name(f"{root.name}.first")


if __name__ == "__main__":
    main()
