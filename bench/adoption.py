"""Measure the way from `init` to the first page in each repository of tests/adoption, and what a command with nothing to do costs there.

    python bench/adoption.py [NAME…]

It needs a registry, and takes what caches hold. Wall seconds; `list`, `locks`, `env` and `test` run one after the other before `serve`.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from machine import machine, write_result

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests/adoption"
TASKS = ("list", "locks", "env", "test")
ANSWER_SECONDS = 120
RUNS = 9


def main(argv: list[str]) -> None:
    """Adopt each repository, and write the result."""
    parser = argparse.ArgumentParser(description="Measure the way from `init` to the first page.")
    known = sorted(path.name for path in FIXTURES.iterdir())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or some of: {', '.join(known)}")
    names = parser.parse_args(argv).names
    for name in set(names) - set(known):
        parser.error(f"'{name}' is not one of: {', '.join(known)}")
    subprocess.run([sys.executable, "dodo.py", "library"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    result: dict[str, object] = {"machine": machine()}
    for name in names or known:
        with tempfile.TemporaryDirectory(prefix="adoption-") as folder:
            result[name] = adopted(FIXTURES / name, Path(folder, name))
            print(name, result[name], flush=True)
    write_result(__file__, result)


def adopted(fixture: Path, target: Path) -> dict[str, object]:
    """Return the seconds of each step in a copy of a repository."""
    shutil.copytree(fixture, target)
    began = time.perf_counter()
    found: dict[str, object] = {
        "init": seconds_of([sys.executable, "-m", "buildgraph", "init", str(target)], ROOT)
    }
    found["lines"] = len((target / "dodo.py").read_text(encoding="utf-8").splitlines())
    for task in TASKS:
        found[task] = seconds_of([sys.executable, "dodo.py", task], target)
    found["first page"] = served(target)
    found["from init to the first page"] = round(time.perf_counter() - began, 1)
    for command in ([sys.executable, "dodo.py", "env"], [".venv/bin/doit", "env"]):
        for _ in range(3):
            seconds_of(command, target)
        found[f"nothing to do, {Path(command[0]).name}"] = min(
            seconds_of(command, target, 3) for _ in range(RUNS)
        )
    return found


def seconds_of(command: list[str], folder: Path, digits: int = 1) -> float:
    """Run a command to its end and return its seconds; end this one if it fails."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command} in {folder}:\n{done.stdout}{done.stderr}")
    return round(time.perf_counter() - began, digits)


def served(folder: Path) -> float:
    """Serve until the first page is there and return the seconds that it took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    command = [sys.executable, "dodo.py", "serve", f"--port={port}"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        while time.perf_counter() - began < ANSWER_SECONDS and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    answer.read()
                    return round(time.perf_counter() - began, 1)
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{folder.name} was not served")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


if __name__ == "__main__":
    main(sys.argv[1:])
