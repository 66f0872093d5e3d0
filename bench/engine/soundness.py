"""The engine's property tests, as many times as they are not run by default; the result is written beside this script.

python bench/engine/soundness.py [FIRST_SEED [WORD ...]]        (three quarters of an hour on two cores)

With words, only what has one of them in its name is run, and the other results stay as they are.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGE_BYTES = 5 << 30
SETS = {
    "builds after edits and real kills": ("tests/process/test_kills.py", "", "BUILDGRAPH_CASES", 1000),
    "builds after a crash at any write": (
        "tests/process/test_injected.py",
        "",
        "BUILDGRAPH_INJECTED",
        10_000,
    ),
    "hostile checkouts": ("tests/graph/test_hostile.py", "", "BUILDGRAPH_HOSTILE", 2000),
    "edits with a certificate": ("tests/process/test_certificate.py", "", "BUILDGRAPH_EDITS", 2000),
    "rounds of four runs at once": ("tests/process/test_signals.py", "concurrent", "BUILDGRAPH_ROUNDS", 200),
    "bytes of a file that is streamed": (
        "tests/buildgraph/observe",
        "streamed",
        "BUILDGRAPH_LARGE",
        LARGE_BYTES,
    ),
}
"""What is shown → test, its name's part, the variable that says how often, and how often."""


def run(path: str, part: str, variable: str, count: int, seed: int) -> dict:
    environ = {**os.environ, variable: str(count), "BUILDGRAPH_SEED": str(seed)}
    words = [sys.executable, "-m", "pytest", "-q", "-n2", "-p", "no:cacheprovider", path, "-k", part]
    began = time.monotonic()
    done = subprocess.run(words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    found = {"count": count, "first seed": seed, "passed": not done.returncode}
    return {**found, "seconds": round(time.monotonic() - began), "pytest": lines[-1] if lines else ""}


def main() -> int:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1, 10**6)
    words, file = sys.argv[2:], pathlib.Path(__file__).with_suffix(".json")
    results: dict = json.loads(file.read_text()) if words else {}
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    results["machine"] = f"{machine}, Python {platform.python_version()}"
    for name, (path, part, variable, count) in SETS.items():
        if words and not any(word in name for word in words):
            continue
        results[name] = run(path, part, variable, count, seed)
        print(name, json.dumps(results[name]), flush=True)
        file.write_text(json.dumps(results, indent=2) + "\n")
    return 0 if all(each["passed"] for each in results.values() if isinstance(each, dict)) else 1


if __name__ == "__main__":
    sys.exit(main())
