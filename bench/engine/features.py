"""Shows that each feature of the random worlds finds something: the same cases on an earlier engine, and on this one.

    python bench/engine/features.py [COMMIT]

Checks the commit (the last engine without these features, unless another is named) out beside this checkout, gives it the tests of random worlds
as they were last written for it, and counts for each feature how many of ten blocks of cases fail there and here. Writes `features.json`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EARLIER = "3f699e5"
WORLDS = "e49fb1f"
"""The last commit whose tests of random worlds know the earlier engine's modules by their names."""
FEATURES = ("alias", "brackets", "in place", "asks", "module", "worktree")
TESTS = (
    "tests/process/test_kills.py",
    "tests/process/test_injected.py::test_build_after_a_crash_at_any_write_equals_a_clean_one",
)
CASES = {"BUILDGRAPH_CASES": "60", "BUILDGRAPH_INJECTED": "200"}


def failing(checkout: Path, feature: str) -> dict[str, int]:
    """Return how many blocks of ten fail, with real kills and with injected crashes."""
    environ = {**os.environ, **CASES, "BUILDGRAPH_FEATURES": feature}
    words = [sys.executable, "-m", "pytest", "-q", "-n2", "-p", "no:cacheprovider", *TESTS]
    said = subprocess.run(words, cwd=checkout, env=environ, capture_output=True, text=True).stdout
    failed = re.findall(r"^FAILED (\S+)", said, re.MULTILINE)
    if not re.search(r"\d+ (passed|failed)", said):
        raise SystemExit(said)
    kills = sum("test_kills" in name for name in failed)
    return {"real kills": kills, "injected crashes": len(failed) - kills}


def main(commit: str = EARLIER) -> None:
    with tempfile.TemporaryDirectory() as folder:
        earlier = Path(folder, "earlier")
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", str(earlier), commit], cwd=ROOT, check=True
        )
        try:
            subprocess.run(
                ["git", "checkout", "-q", WORLDS, "--", "tests/process", "tests/graph"],
                cwd=earlier,
                check=True,
            )
            found = {
                feature: {"earlier": failing(earlier, feature), "now": failing(ROOT, feature)}
                for feature in FEATURES
            }
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(earlier)], cwd=ROOT, check=True)
    result = {"earlier engine": commit, "cases": CASES, "blocks of ten that fail": found}
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
