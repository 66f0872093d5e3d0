"""mypy in a small project: what its cache says never decides against a source's content."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildgraph.typecheck.contents import MARGIN_SECONDS, evidence

ROOT = Path(__file__).parents[3]
LATER = MARGIN_SECONDS + 60
GOOD, BAD = "number: int = 1111\n", "number: int = 'no'\n"


def mypy(*words: str) -> subprocess.CompletedProcess:
    """Run mypy in this folder with its cache in it."""
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir=cache", *words, "a.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def put(text: str) -> None:
    """Write the source, of one size and one time of modification, whatever it says."""
    Path("a.py").write_text(text)
    os.utime("a.py", (1_000_000_000, 1_000_000_000))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_edit_that_keeps_size_and_time_is_checked(project):
    Path("mypy.ini").write_text("[mypy]\nplugins = buildgraph.typecheck.contents\n")
    assert len(GOOD) == len(BAD)
    put(GOOD)
    assert mypy().returncode == 0
    put(BAD)

    done = mypy()

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("a.py:1: error: Incompatible types in assignment")


def test_evidence_is_of_the_content_alone(project):
    began = time.time() + LATER
    put(GOOD)
    good = evidence("a.py", began)
    Path("a.py").touch()
    assert evidence("a.py", began) == good

    put(BAD)

    assert evidence("a.py", began) != good


def test_what_is_saved_while_it_runs_has_no_evidence(project):
    put(GOOD)
    began = time.time()

    assert evidence("a.py", began) != evidence("a.py", began)


def test_what_is_no_file_has_evidence_of_its_own(project):
    assert evidence(".", 0.0) == evidence(".", 0.0) == ""
    assert evidence("gone.py", 0.0) != evidence("gone.py", 0.0)
