"""What a task of this repository waits for is what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("task", ["lint:rules", "lint:format", "lint:types"])
def test_lint_waits_for_the_environment_and_its_locks_alone(task, tmp_path):
    picture = tmp_path / "graph.dot"
    command = [sys.executable, "dodo.py", "graph", "--format=dot", f"--output={picture}", task]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    edges = [line.split("->") for line in picture.read_text("utf-8").splitlines() if "->" in line]
    assert {before.strip().strip('"') for before, _ in edges} == {"env", "locks"}
