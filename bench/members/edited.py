"""Edited: how long `doit test` takes from the command to its first test, after an edit of one leaf among 40 members, and which tests run.

    python bench/members/edited.py [N]

Each member has five tests; each library is used by the next one of its kind, so a service is a leaf. The time is counted from the start of `python dodo.py test` until
pytest says that a test starts. Each round edits another service, whose one test has to run, and no other.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine, write_result  # noqa: E402 (after the path is known)
from bench.members.tasks import PLACES, make  # noqa: E402

ROUNDS = 7
TESTS = 5
FIRST = """
import os, time

def pytest_runtest_logstart(nodeid):
    if not os.path.exists({path!r}):
        with open({path!r}, "w") as file:
            file.write(str(time.time()))
"""
TASK = """
from buildgraph import check
PYTHON = ".venv/bin/python"
TESTS = Command([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "first", "-p", "buildgraph.impact", "--impact", "--impact-isolation=test"],
    environment={"PYTHONPATH": ".", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, foreground=True)
def task_test():
    return check(inputs=[*MEMBERS.code, *MEMBERS.tests, "pytest.ini"], command=TESTS, arguments=True)
"""


def prepare(folder: Path, count: int) -> None:
    """Write the members with their tests, and the task that runs them."""
    make(folder, count)
    with (folder / "dodo.py").open("a") as file:
        file.write(TASK)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "first.py").write_text(FIRST.format(path=str(told(folder))))
    paths = " ".join(f"{place(number)}/src" for number in range(count))
    (folder / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {paths}\ntestpaths = services/*/tests libs/*/*/tests\n"
    )
    for number in range(count):
        name, member = f"made{number}", folder / place(number)
        uses = f"from made{number - 3} import f0\n" if number >= 3 and number % 3 else ""
        functions = "".join(f"\n\ndef g{each}(x):\n    return x + {each}\n" for each in range(TESTS))
        (member / f"src/{name}/__init__.py").write_text(f"{uses}{functions}\n\ndef f0(x):\n    return x\n")
        checks = "".join(
            f"\n\ndef test_{each}():\n    assert {name}.g{each}(1) == {each + 1}\n" for each in range(TESTS)
        )
        (member / f"tests/test_{name}.py").write_text(f"import {name}\n{checks}")


def place(number: int) -> str:
    return f"{PLACES[number % 3]}/made{number}"


def told(folder: Path) -> Path:
    """Return the file, outside of the checkout, that gets the time at which the first test starts."""
    return folder.with_name(f"{folder.name}.first")


def test(folder: Path) -> tuple[str, float]:
    """Run `doit test`; return what it said and when it was started."""
    told(folder).unlink(missing_ok=True)
    began = time.time()
    done = subprocess.run(
        [sys.executable, "dodo.py", "test"], cwd=folder, capture_output=True, text=True, env=os.environ
    )
    if done.returncode:
        sys.exit(f"the tests fail: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr, began


def edited(folder: Path, number: int) -> float:
    """Edit a function of a service; return how long it takes until its test starts."""
    source = folder / place(number) / f"src/made{number}/__init__.py"
    source.write_text(source.read_text().replace("    return x + 0\n", "    return 0 + x + 0\n"))
    said, began = test(folder)
    found = re.search(r"impact: (\d+) ran", said)
    if not found or found[1] != "1":
        sys.exit(f"not one test ran: {said}")
    return round(float(told(folder).read_text()) - began, 3)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    services = [number for number in range(count) if number % 3 == 0][:ROUNDS]
    results: dict = {"machine": machine(), "members": count, "tests": count * TESTS}
    with tempfile.TemporaryDirectory(prefix="edited-") as temporary:
        folder = Path(temporary)
        prepare(folder, count)
        test(folder)
        test(folder)
        results["first test after an edit, seconds"] = [edited(folder, number) for number in services]
    results["median"] = statistics.median(results["first test after an edit, seconds"])
    print(results)
    write_result(__file__, results)


if __name__ == "__main__":
    main()
