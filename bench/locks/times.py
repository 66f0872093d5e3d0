"""Locks and environments of some hundreds of real packages, beside pip-compile for each group, pip-sync and uv.

    python bench/locks/times.py [locks] [environments] [bootstrap]          (all: half an hour, a gigabyte from the registry)

The inputs are those of `tests/buildgraph/rooms/locks/large`: eight groups. All run in one go, one after the other, each
with caches of its own that are empty for `cold` and left as they are for `warm`. Prints CPU seconds (user and system,
all children) and seconds of the clock.
"""

from __future__ import annotations

import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.machine import machine  # noqa: E402 (after the path is known)
from buildgraph import uv  # noqa: E402
from buildgraph.rooms.environment import Environment  # noqa: E402
from buildgraph.rooms.locks import Locks  # noqa: E402
from buildgraph.rules.word import to_word  # noqa: E402

INPUTS = ROOT / "tests/buildgraph/rooms/locks/large"
GROUPS = ("web", "data", "cloud", "notebooks", "tests", "lint", "docs", "build")
INSTALLED = ("web", "tests", "lint", "docs")
"""The groups of which environments are made: the others hold gigabytes of compiled code."""
PYTHONS = ("3.11", "3.12", "3.13")
UV = uv.find()


class Bench:
    """A folder with the inputs, and what was measured there."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.found: dict[str, dict[str, float]] = {}
        self.environ = {
            **uv.environment(),
            "PYTHONPATH": str(ROOT),
            "PIP_CACHE_DIR": str(folder / "pip"),
            "PIP_TOOLS_CACHE_DIR": str(folder / "pip-tools"),
            "UV_CACHE_DIR": str(folder / "uv"),
        }

    def run(self, name: str, *commands: list[str], code: int = 0) -> None:
        """Run the commands and enter what they took together."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        for command in commands:
            done = subprocess.run(
                command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
            )
            if done.returncode != code:
                raise SystemExit(
                    f"{name}: {command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
                )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.found[name] = {"cpu": round(cpu, 2), "clock": round(time.perf_counter() - began, 2)}
        print(f"{name:60} {cpu:8.2f} CPU s {self.found[name]['clock']:8.2f} s", flush=True)

    def forget(self, *names: str) -> None:
        for name in names:
            shutil.rmtree(self.folder / name, ignore_errors=True)


def ours(verb: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "buildgraph.rooms.locks", verb, to_word(Locks(GROUPS, PYTHONS)), *more]


def pip_compile(group: str) -> list[str]:
    options = [
        "--quiet",
        "--generate-hashes",
        "--allow-unsafe",
        "--strip-extras",
        "--pip-args=--prefer-binary",
    ]
    return [
        sys.executable,
        "-m",
        "piptools",
        "compile",
        *options,
        f"--output-file=alone/{group}.txt",
        source(group),
    ]


def uv_compile(group: str) -> list[str]:
    options = [
        "--quiet",
        "--no-config",
        "--generate-hashes",
        "--universal",
        "--index-strategy=unsafe-best-match",
        f"--python-version={PYTHONS[0]}",
    ]
    return [UV, "pip", "compile", *options, f"--output-file=uv-{group}.txt", source(group)]


def source(group: str) -> str:
    return f"requirements/{group}.in"


def locks(bench: Bench) -> None:
    folder = bench.folder / "requirements"
    folder.mkdir()
    (bench.folder / "alone").mkdir()
    for group in GROUPS:
        shutil.copy(INPUTS / f"{group}.in", folder)
    bench.run("locks, cold: one resolution of all groups", ours("compile"))
    for path in folder.glob("*.txt"):
        path.unlink()
    bench.run("locks, warm: one resolution of all groups", ours("compile"))
    bench.run("locks, warm: pip-compile for each group", *map(pip_compile, GROUPS))
    bench.run("locks, cold: uv for each group", *map(uv_compile, GROUPS))
    for group in GROUPS:
        (bench.folder / f"uv-{group}.txt").unlink()
    bench.run("locks, warm: uv for each group", *map(uv_compile, GROUPS))
    bench.run("locks, no change: one resolution of all groups", ours("compile"))
    bench.run("locks, no change: check", ours("check"))
    bench.run("locks, no change: pip-compile for each group", *map(pip_compile, GROUPS))
    bench.run("locks, no change: uv for each group", *map(uv_compile, GROUPS))
    with open(folder / "tests.in", "a") as file:
        file.write("time-machine\n")
    before = {path: path.read_text() for path in folder.glob("*.txt")}
    bench.run("locks, one more requirement: one resolution", ours("compile"))
    changed = sorted(path.stem for path, text in before.items() if path.read_text() != text)
    if changed != ["constraints", "tests"]:
        raise SystemExit(f"one more requirement changed {changed}")


def environments(bench: Bench) -> None:
    shutil.copytree(INPUTS, bench.folder / "requirements")
    subprocess.run(ours("compile"), cwd=bench.folder, env=bench.environ, check=True, capture_output=True)
    files = [f"requirements/{group}.txt" for group in INSTALLED]
    room = [sys.executable, *Environment(tuple(files)).sync[1:]]
    fewer = [sys.executable, *Environment(tuple(files[:-1])).sync[1:]]
    without_uv = "import buildgraph.uv, sys; buildgraph.uv.find = lambda: ''; "
    without_uv += "from buildgraph.rooms.environment.__main__ import main; main(sys.argv[1:])"
    by_pip = [sys.executable, "-c", without_uv, *room[3:]]
    python = str(bench.folder / ".venv/bin/python")
    make = [sys.executable, "-m", "venv", ".venv"]
    any_index = "--index-strategy=unsafe-best-match"
    uv_sync = [
        UV,
        "pip",
        "sync",
        "--quiet",
        "--no-config",
        any_index,
        "--link-mode=copy",
        f"--python={python}",
        *files,
    ]
    pip_sync = [sys.executable, "-m", "piptools", "sync", "--quiet", f"--python-executable={python}", *files]
    bench.run("environment, cold", room)
    bench.forget(".venv")
    bench.run("environment, warm", room)
    bench.run("environment, warm: no change, every file looked at", room)
    bench.run("environment, warm: no change, every digest", [*room, "--deep"])
    shutil.rmtree(next((bench.folder / ".venv").glob("lib/python3*/site-packages/django")))
    bench.run("environment, warm: a package deleted by hand", room)
    (bench.folder / ".git").mkdir()
    (bench.folder / ".git/HEAD").write_text("ref: refs/heads/other\n")
    bench.run("environment, warm: another branch for the first time", fewer)
    (bench.folder / ".git/HEAD").write_text("ref: refs/heads/first\n")
    bench.run("environment, warm: back on a known branch", room)
    bench.forget(".venv", ".buildgraph", ".git")
    bench.run("environment, cold: by pip", by_pip)
    bench.forget(".venv")
    bench.run("environment, warm: by pip", by_pip)
    bench.run("environment, no change: by pip", by_pip)
    bench.forget(".venv")
    bench.run("environment, warm: venv and pip-sync", make, pip_sync)
    bench.run("environment, no change: pip-sync", pip_sync)
    bench.forget(".venv")
    bench.run("environment, warm: venv and uv pip sync", make, uv_sync)
    bench.run("environment, no change: uv pip sync", uv_sync)


def bootstrap(bench: Bench) -> None:
    checkout = bench.folder / "checkout"
    checkout.mkdir()
    for name in ("dodo.py", "pyproject.toml", "requirements", "buildgraph", ".python-version"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, checkout / name)
    base = os.path.realpath(sys.executable)
    bench.environ.pop("PYTHONPATH")
    bench.run("bootstrap, cold: 'python3 dodo.py list' on nothing", [base, "checkout/dodo.py", "list"])
    bench.forget("checkout/.buildgraph")
    bench.run("bootstrap, warm", [base, "checkout/dodo.py", "list"])
    bench.run("bootstrap, no change", [base, "checkout/dodo.py", "list"])


def main() -> None:
    file = pathlib.Path(__file__).with_suffix(".json")
    result = json.loads(file.read_text()) if file.exists() else {}
    pins = sum(line[:1].isalnum() for line in (INPUTS / "constraints.txt").read_text().splitlines())
    result |= {"packages": pins, "groups": len(GROUPS), "installed groups": INSTALLED}
    for part in (locks, environments, bootstrap):
        if sys.argv[1:] and part.__name__ not in sys.argv[1:]:
            continue
        bench = Bench(pathlib.Path(tempfile.mkdtemp(prefix="bench-locks-")))
        before = machine()
        try:
            part(bench)
        finally:
            shutil.rmtree(bench.folder, ignore_errors=True)
        result[part.__name__] = {"machine": before, "seconds": bench.found}
        file.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
