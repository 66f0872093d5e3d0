"""The metadata of a wheel admits what the locks have, or the wheel is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.members import Locked, Member, bounds
from tests.wheels import wheel

MEMBER = Member("images", "library", "libs/shared/images", uses=("core",))
LOCK = "requirements/members/images.txt"
PROJECT = "libs/shared/images/pyproject.toml"


@pytest.fixture(autouse=True)
def locked(tmp_path, monkeypatch) -> Locked:
    """What is locked: two packages, one by its address, for two Pythons, and a member."""
    monkeypatch.chdir(tmp_path)
    Path(LOCK).parent.mkdir(parents=True)
    Path(LOCK).write_text(
        "webob==1.8.9 ; python_version < '3.13' --hash=sha256:0\n"
        "local @ https://example.org/local-1-py3-none-any.whl --hash=sha256:0\n"
    )
    Path("core.toml").write_text('[project]\nname = "core"\nversion = "2.1"\n')
    return Locked(LOCK, ("3.11", "3.12"), {"core": "core.toml"})


def refused(locked: Locked, *requires: str, python: str = "") -> str | None:
    made = wheel(Path("made"), "images", "1.0", requires, python)
    try:
        bounds.refuse_other(MEMBER, locked, bounds.metadata_of(made))
    except BuildError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "requires",
    ["WebOb", "webob>=1.8,<2", "webob[x]~=1.8", "local", "core>=2", "core", "win ; sys_platform == 'win32'"],
)
def test_what_the_lock_has_is_admitted(locked, requires: str):
    assert refused(locked, requires, python=">=3.11.4,<3.13") is None


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ("webob>=1.9", "requires 'webob>=1.9', and its tests ran with 1.8.9. "),
        ("webob[x]<1.8 ; sys_platform != 'win32'", "requires 'webob[x]<1.8', and its tests ran with 1.8.9. "),
        ("core<2", "requires 'core<2', and its tests ran with 2.1. "),
    ],
)
def test_another_version_is_refused(locked, requires: str, message: str):
    assert refused(locked, requires) == (
        f"{PROJECT}: 'images' {message}Widen what it requires, or run 'doit locks' for another version."
    )


def test_what_no_lock_pins_is_refused(locked):
    assert refused(locked, "webob", "other>1") == (
        f"{PROJECT}: 'images' requires 'other>1', which '{LOCK}' does not pin. Run 'doit locks'."
    )


@pytest.mark.parametrize(
    ("pythons", "without"), [(">=3.12", "3.11"), ("<3.12", "3.12"), ("==3.11.*", "3.12")]
)
def test_every_python_of_the_locks_is_covered(locked, pythons: str, without: str):
    assert refused(locked, python=pythons) == (
        f"{PROJECT}: 'images' is for Python '{pythons}', and the locks are for {without}, too. "
        "Widen 'requires-python', or take it out of the locks."
    )


def test_what_says_of_no_version_that_it_is_too_old_is_named():
    requires = ["a", "b<2", "c!=1", "d>=1", "e~=1.0", "f==1", "g @ https://example.org/g-1-py3-none-any.whl"]
    made = wheel(Path("made"), "images", "1.0", requires)
    assert list(bounds.without_lower(bounds.metadata_of(made))) == ["a", "b", "c"]
