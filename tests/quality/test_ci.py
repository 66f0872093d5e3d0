"""`.ci/run` runs what the README gives to people; after a revision that has passed, what a change can have affected and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DODO = """
import pathlib, sys
with pathlib.Path("said").open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "affected":
    print(pathlib.Path("names").read_text(), end="")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script and a dodo.py that writes down what it is asked for."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    (tmp_path / "dodo.py").write_text(DODO)
    return tmp_path


def said(checkout: Path, *words: str) -> list[str]:
    subprocess.run(["bash", ".ci/run", *words], cwd=checkout, check=True)
    return (checkout / "said").read_text().splitlines()


def test_without_a_revision_everything_runs(checkout):
    assert said(checkout) == ["test tests --plain --small --ignore=tests/warehouse", "coverage", "ci"]


@pytest.mark.parametrize(("names", "run"), [("test:camo\nlint:camo\n", ["test:camo lint:camo"]), ("", [])])
def test_after_a_revision_what_can_be_affected_runs(checkout, names, run):
    (checkout / "names").write_text(names)
    assert said(checkout, "origin/main") == ["affected --since=origin/main --quiet test coverage ci", *run]
