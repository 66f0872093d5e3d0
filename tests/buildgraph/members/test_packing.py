"""A member's wheel and sdist are the same bytes, wherever and by whomever they are built."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.members.creating import create
from buildgraph.rules.word import to_word

from .made import run


def build(folder: Path, mask: int = 0o022, **environment: str) -> tuple[int, str]:
    """Build the only member of a checkout into its folder, as its task does."""
    words = "import sys; from buildgraph import members; from buildgraph.members.__main__ import main; "
    words += (
        "(one,) = members.find(); main(members.wheel(one, sys.executable, members.Locked('lock.txt'))[3:])"
    )
    done = run(folder, words, mask, environment)
    return done.returncode, done.stdout + done.stderr


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, mask: int = 0o022) -> Path:
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    before = os.umask(mask)
    try:
        create("library", "read-me")
        Path("lock.txt").write_text("")
        Path("libs/shared/read-me/src/read_me/build").mkdir()
        Path("libs/shared/read-me/src/read_me/build/__init__.py").touch()
    finally:
        os.umask(before)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "wheels/read-me").iterdir())
    }


def test_two_checkouts_of_other_depth_mask_zone_and_times_give_the_same_bytes(tmp_path, monkeypatch):
    one = made(tmp_path / "a", monkeypatch)
    other = made(tmp_path / "b" / "deeper down" / "é", monkeypatch, 0o077)
    for path in other.rglob("*"):
        os.utime(path, (time.time() - 10**7, time.time() - 10**7))
    # What tools leave in a checkout is not packed.
    (other / "libs/shared/read-me/src/read_me/__pycache__").mkdir()
    (other / "libs/shared/read-me/src/read_me/__pycache__/x.pyc").touch()
    for name in (".pytest_cache", "build", "dist"):
        (other / "libs/shared/read-me" / name).mkdir()
        (other / "libs/shared/read-me" / name / "left.py").touch()
    (other / "libs/shared/read-me/link").symlink_to("nowhere")

    assert build(one) == (0, "read_me-0.1.0-py3-none-any.whl\nread_me-0.1.0.tar.gz\n")
    zone = {"TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8", "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"}
    assert build(other, 0o077, HOME=str(tmp_path), **zone)[0] == 0

    assert list(digests(one)) == ["read_me-0.1.0-py3-none-any.whl", "read_me-0.1.0.tar.gz"]
    assert digests(one) == digests(other)
    with zipfile.ZipFile(one / "wheels/read-me/read_me-0.1.0-py3-none-any.whl") as archive:
        assert "read_me/build/__init__.py" in archive.namelist(), "below the top a name is the member's own"


def test_what_twine_refuses_is_not_built(tmp_path, monkeypatch):
    folder = made(tmp_path / "a", monkeypatch)
    project = folder / "libs/shared/read-me/pyproject.toml"
    text = project.read_text()
    project.write_text(text.replace('readme = "README.md"', 'readme = "README.rst"'))
    (folder / "libs/shared/read-me/README.rst").write_text("*broken\n====\n")

    code, said = build(folder)

    assert code == 1
    assert "twine refuses what 'read-me' is built to. The lines above come from the program itself" in said
    assert not (folder / "wheels").exists()


def test_what_a_backend_says_of_a_failure_is_shown(tmp_path, monkeypatch):
    folder = made(tmp_path / "a", monkeypatch)
    (folder / "libs/shared/read-me/README.md").unlink()

    code, said = build(folder)

    assert code == 1
    assert "README.md" in said
    assert "libs/shared/read-me/pyproject.toml: 'read-me' cannot be built" in said


def test_the_word_of_a_member_is_all_that_its_wheel_is_told():
    one = members.Member("a", "library", "libs/shared/a")
    locked = members.Locked("requirements/members/a.txt", ("3.11",))
    command = members.wheel(one, ".venv/bin/python", locked)
    assert command[3:] == ["wheel", to_word(one), ".venv/bin/python", to_word(locked), "wheels/a/"]


def test_metadata_that_the_lock_does_not_bear_out_is_refused_and_what_has_no_lower_bound_is_named(
    tmp_path, monkeypatch
):
    folder = made(tmp_path / "a", monkeypatch)
    project = folder / "libs/shared/read-me/pyproject.toml"
    project.write_text(project.read_text().replace("dependencies = []", 'dependencies = ["one", "two>=2"]'))
    (folder / "lock.txt").write_text("one==1 --hash=sha256:0\ntwo==1 --hash=sha256:0\n")

    code, said = build(folder)
    assert code == 1 and "'read-me' requires 'two>=2', and its tests ran with 1." in said
    assert not (folder / "wheels").exists()

    (folder / "lock.txt").write_text("one==1 --hash=sha256:0\ntwo==2 --hash=sha256:0\n")
    assert build(folder)[1].endswith("published without a lower bound: one\n")


def test_the_library_itself_is_packed_as_a_member_is():
    found = members.find(services=["warehouse"], libraries=["buildgraph"])
    one = next(one for one in found.packed if one.name == "buildgraph")
    assert (one.folder, one.project, one.outputs) == (
        "buildgraph",
        "buildgraph/pyproject.toml",
        ("wheels/buildgraph/",),
    )
