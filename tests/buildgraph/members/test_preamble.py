"""A bundle says by which Python it runs, and unpacks in a place that is its user's."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from buildgraph.members import preamble

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """No home, and an own folder of temporary files; the folder in which `camo.pex` is unpacked."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("PEX_ROOT", raising=False)
    monkeypatch.setenv("HOME", "/proc/1/nowhere")
    monkeypatch.setattr(os, "access", lambda path, mode: not os.fspath(path).startswith("/proc"))
    return tmp_path / f"camo.pex-{os.getuid()}"


def test_another_python_or_system_is_told_the_right_one():
    preamble.refuse_other("camo.pex", PYTHON, preamble.system())
    for python, system in (("3.99", preamble.system()), (PYTHON, "linux-s390x")):
        with pytest.raises(SystemExit) as ended:
            preamble.refuse_other("camo.pex", python, system)
        assert ended.value.code == (
            f"camo.pex is made for Python {python} on {system}, and this is Python {PYTHON} on {preamble.system()}. "
            f"Start it by that Python: 'python{python} camo.pex'."
        )


def test_without_a_home_it_unpacks_in_a_folder_of_the_users_own(place):
    preamble.find_place("camo.pex")
    assert os.environ["PEX_ROOT"] == str(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700

    del os.environ["PEX_ROOT"]
    preamble.find_place("camo.pex")
    assert os.environ["PEX_ROOT"] == str(place), "the next start finds it"


def test_a_place_that_others_can_write_to_or_a_link_is_not_used(place, tmp_path):
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    preamble.find_place("camo.pex")
    assert "PEX_ROOT" not in os.environ

    place.rmdir()
    (tmp_path / "theirs").mkdir(mode=0o700)
    place.symlink_to(tmp_path / "theirs")
    preamble.find_place("camo.pex")
    assert "PEX_ROOT" not in os.environ


def test_with_a_home_or_with_a_place_that_was_named_nothing_changes(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "not" / "yet"))
    preamble.find_place("camo.pex")
    assert "PEX_ROOT" not in os.environ

    monkeypatch.setenv("HOME", "/proc/1/nowhere")
    monkeypatch.setenv("PEX_ROOT", "/elsewhere")
    preamble.find_place("camo.pex")
    assert os.environ["PEX_ROOT"] == "/elsewhere"
    assert not place.exists()
