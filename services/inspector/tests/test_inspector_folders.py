"""A process leaves no files behind, however it ends."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from inspector import folders
from inspector.folders import Folder

KILLED = "import os; from inspector.folders import Folder; folder = Folder(); print(folder.path.parent, flush=True); os.kill(os.getpid(), 9)"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folders, "NEW_SECONDS", -10.0)
    return tmp_path


def test_a_folder_ends_with_its_process(place: Path):
    folder = Folder()
    (folder.path / "a").touch()
    folder.close()
    assert list(place.iterdir()) == []


@pytest.mark.skipif(folders.fcntl is None, reason="there are no such locks")
def test_what_a_killed_process_left_is_removed_by_the_next(place: Path):
    words = [sys.executable, "-c", KILLED]
    environment = {"TMPDIR": str(place), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    left = Path(done.stdout.strip())
    (left / "file").write_bytes(b"x")
    used, other = Folder(), place / "inspector-other"
    other.mkdir()  # without a lock
    (place / "inspector-link").symlink_to(other)
    (place / "inspector-file").touch()

    last = Folder()

    assert not left.exists()
    assert {path.name for path in place.iterdir()} == {
        *(each.path.parent.name for each in (used, last)),
        "inspector-other", "inspector-link", "inspector-file",
    }  # fmt: skip
    used.close(), last.close()


@pytest.mark.skipif(folders.fcntl is None, reason="there are no such locks")
def test_a_folder_that_is_new_is_left_alone(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "NEW_SECONDS", 60.0)
    first = Folder()
    first._lock.close()  # as if it was not locked yet
    Folder().close()
    assert first.path.exists()
    first.close()


def test_where_there_are_no_such_locks_nothing_is_removed(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "fcntl", None)
    first, second = Folder(), Folder()
    assert first.path.exists()
    first.close(), second.close()
    assert list(place.iterdir()) == []
