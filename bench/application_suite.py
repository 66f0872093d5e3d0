"""Measure the application's suite as `doit coverage` runs it: tests, seconds, branch coverage of what is served and of
its commands.

On a machine that others use as well, the seconds of its processors tell more than those of the clock. `doit forget` goes first: a check that has succeeded does not run again.
"""

import re
import resource
import subprocess
import sys
from pathlib import Path

from machine import machine, write_result

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run the suite with coverage and write what it says."""
    before = machine()
    doit("forget", "coverage")
    said = doit("coverage")
    passed = re.search(r"(\d+) passed.* in ([\d.]+)s", said)
    totals = re.findall(r"^TOTAL\s.*?(\d+)%$", said, re.MULTILINE)
    if not passed or len(totals) != 2:
        sys.exit(said)
    percent = {"served": int(totals[0]), "commands": int(totals[1])}
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = {
        "tests": int(passed[1]),
        "seconds": float(passed[2]),
        "CPU seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "branch_coverage_percent": percent,
    }
    write_result(__file__, {"machine": before, **result})


def doit(*arguments: str) -> str:
    """Run a task; return what it printed, or end with it."""
    command = [sys.executable, "dodo.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
