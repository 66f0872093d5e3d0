"""Measure the application's suite: tests, seconds, and branch coverage of warehouse/."""

import re
import subprocess
import sys
from pathlib import Path

from machine import machine, write_result

ROOT = Path(__file__).parents[1]
COMMAND = ("dodo.py", "test", "tests/warehouse", "--cov=warehouse", "--cov-branch", "--cov-report=term")


def main() -> None:
    """Run the suite with coverage and write what it says."""
    before = machine()
    done = subprocess.run([sys.executable, *COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)
    passed = re.search(r"(\d+) passed.* in ([\d.]+)s", done.stdout)
    total = re.search(r"^TOTAL\s.*?(\d+)%$", done.stdout, re.MULTILINE)
    if done.returncode or not passed or not total:
        sys.exit(done.stdout)
    result = {"tests": int(passed[1]), "seconds": float(passed[2]), "branch_coverage_percent": int(total[1])}
    write_result(__file__, {"machine": before, **result})


if __name__ == "__main__":
    main()
