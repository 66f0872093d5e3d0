"""Locked wheels are compared with their digests whenever they are used, and fetched once for all checkouts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.members import fetching
from tests.wheels import locked, wheel


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A checkout and a cache of our own, and no index."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    Path("requirements").mkdir()


def lock(*wheels: Path) -> list[str]:
    Path("requirements/main.txt").write_text("".join(map(locked, wheels)))
    return ["requirements/main.txt"]


def test_a_wheel_is_fetched_once():
    one = wheel(Path("requirements"), "one", "1.0")
    locks = lock(one)
    (found,) = fetching.wheels_of(locks)
    assert found.read_bytes() == one.read_bytes()
    assert found.parent.parent == fetching.folder()

    one.unlink()

    assert fetching.wheels_of(locks) == [found]


def test_a_damaged_one_is_fetched_anew():
    one = wheel(Path("requirements"), "one", "1.0")
    locks = lock(one)
    (found,) = fetching.wheels_of(locks)
    found.write_bytes(b"damaged")

    assert fetching.wheels_of(locks) == [found]
    assert found.read_bytes() == one.read_bytes()


def test_other_bytes_than_the_locked_ones_are_refused_and_not_kept():
    locks = lock(wheel(Path("requirements"), "one", "1.0"))
    wheel(Path("requirements"), "one", "1.0", body="evil = 1\n")
    with pytest.raises(BuildError) as caught:
        fetching.wheels_of(locks)
    assert str(caught.value) == (
        "the locked wheels could not be fetched: a downloaded file does not have the digest that the lock demands; "
        "nothing of it was installed. What was fetched before is kept; run the command again."
    )
    assert list(fetching.folder().iterdir()) == []


def test_what_another_system_needs_is_not_fetched():
    one = wheel(Path("requirements"), "one", "1.0")
    text = locked(one).replace(" --hash", " ; sys_platform == 'nowhere' --hash")
    Path("requirements/main.txt").write_text(text)
    assert fetching.wheels_of(["requirements/main.txt"]) == []


def test_a_wheel_that_was_built_from_a_locked_archive_takes_its_place():
    built = wheel(Path("built"), "one", "1.0")
    other = wheel(Path("requirements"), "one", "1.0", body="of = 'an index'\n")
    digest = locked(built).rpartition("sha256:")[2].strip()
    told = {"one": {"version": "1.0", "file": built.name, "sha256": digest}}
    Path("built/wheels.json").write_text(json.dumps(told))

    assert fetching.wheels_of(lock(other), "built/wheels.json") == [built]

    built.write_bytes(b"damaged")
    with pytest.raises(BuildError) as caught:
        fetching.wheels_of(lock(other), "built/wheels.json")
    assert str(caught.value) == (
        f"built/wheels.json: '{built}' is not what was built. Build the wheels again."
    )


def test_a_lock_that_is_not_there_is_told():
    with pytest.raises(BuildError) as caught:
        fetching.wheels_of(["requirements/main.txt"])
    assert str(caught.value) == "there is no 'requirements/main.txt'. Run 'doit locks'."
