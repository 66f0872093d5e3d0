"""Members: what a command with nothing to do and a loaded graph take with none, 40 and 160 of them, and an edit of one.

    python bench/members/tasks.py [N ...]

The checkout has nothing but members and their tasks. `no-op` is a command line whose certificate holds; `loaded` is `doit list` with the
certificates and the stored graph deleted, so that `dodo.py` is run and all members are read; `one edit` has one member's test run. All in CPU seconds.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine, write_result  # noqa: E402 (after the path is known)

ROUNDS = 11
DODO = """
from buildgraph import bootstrap
bootstrap.hand_over(__file__, __name__)
from buildgraph import members
from buildgraph.rules.command import Command
MEMBERS = members.find()
def task_members():
    yield from members.tasks(MEMBERS, Command(["python", "-c", "0"]), [])
def task_wheel():
    yield from members.wheels(MEMBERS, "python", [], lambda group: "dodo.py")
def task_lint():
    yield from members.lints(MEMBERS, "python", [Command(["python", "-c", "0"])], [])
"""
PLACES = ("services", "libs/shared", "libs/internal")


def make(folder: Path, count: int) -> None:
    """Write a checkout with so many members, each library of which uses the one of its kind before it."""
    (folder / "dodo.py").write_text(DODO)
    shutil.copytree(ROOT / "buildgraph", folder / "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "requirements").mkdir()
    shutil.copy(ROOT / "requirements/build.txt", folder / "requirements")
    (folder / ".buildgraph").mkdir()
    shutil.copytree(ROOT / ".buildgraph/tools", folder / ".buildgraph/tools", symlinks=True)
    for number in range(count):
        place, name = PLACES[number % 3], f"made{number}"
        uses = [f"made{number - 3}"] if number >= 3 and place != "services" else []
        member = folder / place / name
        (member / "src" / name).mkdir(parents=True)
        (member / "tests").mkdir()
        (member / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "1"\ndependencies = {[*uses, "packaging>=24"]}\n'
            f"[tool.buildgraph]\nmembers = {uses}\n"
        )
        (member / "src" / name / "__init__.py").touch()
        (member / "tests" / f"test_{name}.py").touch()


def seconds(folder: Path, *words: str) -> float:
    """Return the CPU seconds of a command that must succeed, and of what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "dodo.py", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def forget(folder: Path) -> None:
    for name in ("certificates", "graphs"):
        shutil.rmtree(folder / ".buildgraph" / name, ignore_errors=True)


def measured(folder: Path, count: int) -> dict[str, float]:
    tests = [f"test:made{number}" for number in range(count)] or ["lint:imports"]
    subprocess.run([sys.executable, "dodo.py", *tests], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found: dict[str, list[float]] = {"no-op": [], "loaded": []}
    seconds(folder, *tests)
    for _ in range(ROUNDS):
        found["no-op"].append(seconds(folder, *tests))
    for _ in range(ROUNDS):
        forget(folder)
        found["loaded"].append(seconds(folder, "list"))
    if count:
        source = folder / PLACES[(count - 1) % 3] / f"made{count - 1}/src/made{count - 1}/__init__.py"
        found["one edit"] = []
        for number in range(ROUNDS):
            source.write_text(f"x = {number}\n")
            found["one edit"].append(seconds(folder, *tests))
    return {name: round(statistics.median(each), 3) for name, each in found.items()}


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [0, 40, 160]
    results: dict = {"machine": machine()}
    for count in counts:
        with tempfile.TemporaryDirectory() as place:
            make(Path(place), count)
            results[str(count)] = measured(Path(place), count)
            print(count, results[str(count)], flush=True)
    write_result(__file__, results)


if __name__ == "__main__":
    main()
