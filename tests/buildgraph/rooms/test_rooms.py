"""The page that makes a room, done word for word."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/design/rooms.md"
PAGE_OF_NOTES = "Contents:\n\n- First\n- Second\n\n# First\n\n# Second\n"
FILE = re.compile(r"```python\n# (\S+)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ doit (.+)$", re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "buildgraph", tmp_path / "buildgraph", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.md").write_text("# First\n")
    (tmp_path / "notes/b.md").write_text("# Second\n")
    return tmp_path


def run(checkout: Path, *words: str) -> str:
    environ = {**os.environ, "PYTHONPATH": os.fspath(checkout)}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}".replace(os.fspath(checkout), ".")


def doit(checkout: Path, *words: str) -> str:
    return run(checkout, "buildgraph", *words)


def test_the_page_makes_a_room_that_works(checkout):
    commands = [line.split() for line in COMMAND.findall(PAGE.read_text(encoding="utf-8"))]
    made, again, why, audited = [doit(checkout, *words) for words in commands]
    assert "made    notes" in made
    assert (checkout / "build/notes.md").read_text() == PAGE_OF_NOTES
    assert "up to date" in again
    assert why == "notes: up to date\n"
    assert audited.startswith("notes: reads and writes what it declares"), audited

    (checkout / "notes/c.md").write_text("no title\n")
    assert "notes/c.md:1: the note has no title. Begin it with '# '." in doit(checkout, "notes")
    (checkout / "notes/c.md").write_text("# Third\n")
    assert "made    notes" in doit(checkout, "notes")
    assert (checkout / "build/notes.md").read_text().startswith("Contents:\n\n- First\n- Second\n- Third\n")
    with (checkout / "buildgraph/rooms/pages/joined.py").open("a") as file:
        file.write("# an edit of the room\n")
    assert "changed" in doit(checkout, "why", "notes")


def test_the_room_s_own_test_passes(checkout):
    said = run(checkout, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_pages.py")
    assert "2 passed" in said, said
