"""Environments of other branches: parked whole, and back within two renames."""

import os
import time
from pathlib import Path

import pytest

from buildgraph.rooms.environment import Environment, parked
from buildgraph.rooms.environment.facts import branch, installed, site_packages
from buildgraph.rooms.environment.sync import sync as sync_environment
from tests.wheels import locked, wheel

ENV = Environment(("lock.txt",))


def sync() -> dict[str, str]:
    sync_environment(ENV)
    return installed(Path(ENV.python).absolute())


class Branches:
    """A checkout with a lock on each of some branches."""

    def __init__(self, index: Path) -> None:
        self.locks = {
            "main": locked(wheel(index, "one", "1.0")) + locked(wheel(index, "two", "2.0")),
            "topic": locked(wheel(index, "one", "1.1")) + locked(wheel(index, "two", "2.0")),
        }
        Path(".git").mkdir()

    def switch(self, name: str, lock: str = "") -> None:
        Path(".git/HEAD").write_text(f"ref: refs/heads/{name}\n")
        Path("lock.txt").write_text(lock or self.locks[name])


@pytest.fixture
def branches(project: Path, index: Path) -> Branches:
    found = Branches(index)
    found.switch("main")
    assert sync() == {"one": "1.0", "two": "2.0"}
    return found


def inode() -> int:
    return os.stat(".venv").st_ino


def test_back_on_a_branch_its_environment_is_back(branches, capsys):
    first = inode()
    branches.switch("topic")
    assert sync() == {"one": "1.1", "two": "2.0"}
    second = inode()
    branches.switch("main")

    began = time.process_time()
    assert sync() == {"one": "1.0", "two": "2.0"}

    assert time.process_time() - began < 0.2
    assert inode() == first
    branches.switch("topic")
    assert sync() == {"one": "1.1", "two": "2.0"}
    assert inode() == second
    assert "'.venv' is the one that was parked" in capsys.readouterr().out


def test_an_edit_in_one_environment_does_not_reach_another(branches):
    (site_packages(Path(ENV.python)) / "two.py").write_text("edited by hand")
    branches.switch("topic")
    sync()
    assert "edited" not in (site_packages(Path(ENV.python)) / "two.py").read_text()
    branches.switch("main")
    sync()
    assert "edited" in (site_packages(Path(ENV.python)) / "two.py").read_text(), "it is back as it was left"

    sync()

    assert "edited" not in (site_packages(Path(ENV.python)) / "two.py").read_text(), (
        "and healed like any other"
    )


def test_on_the_same_branch_the_environment_is_changed(branches, index):
    first = inode()
    branches.switch("main", branches.locks["topic"])

    assert sync() == {"one": "1.1", "two": "2.0"}

    assert inode() == first
    assert not Path(parked.FOLDER).exists()


def test_only_the_last_few_are_kept(branches, index):
    for number in range(parked.KEPT + 2):
        branches.switch(f"b{number}", locked(wheel(index, "one", f"3.{number}")))
        sync()

    assert len(os.listdir(parked.FOLDER)) == parked.KEPT


@pytest.mark.parametrize("moment", ["park", "take"])
def test_a_run_killed_between_the_renames_loses_nothing(branches, monkeypatch, moment):
    branches.switch("topic")
    sync()
    branches.switch("main")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(parked, moment, killed)
        sync()

    assert sync() == {"one": "1.0", "two": "2.0"}


def test_an_environment_that_cannot_be_moved_is_changed(branches, monkeypatch):
    first = inode()
    branches.switch("topic")
    monkeypatch.setattr(parked.os, "rename", lambda *_: (_ for _ in ()).throw(OSError("in use")))

    assert sync() == {"one": "1.1", "two": "2.0"}
    assert inode() == first


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, ""),
        ({".git/HEAD": "ref: refs/heads/main\n"}, "refs/heads/main"),
        ({".git/HEAD": "0123456789abcdef\n"}, ""),
        (
            {".git": "gitdir: elsewhere/worktree\n", "elsewhere/worktree/HEAD": "ref: refs/heads/x\n"},
            "refs/heads/x",
        ),
        ({".git": "gitdir: nowhere\n"}, ""),
    ],
)
def test_the_branch_is_read_as_git_writes_it(project, files, name):
    for path, text in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)

    assert branch() == name
