"""Where the index says by itself that a file is not tracked, git is not asked."""

from __future__ import annotations

import subprocess

import pytest

from buildgraph.observe.tracked import SAID, tracked


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A repository that tracks `gen/kept`, in which git is not to be found, and the message for that."""
    for name in SAID:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gen").mkdir()
    for name in ("kept", "made"):
        (tmp_path / "gen" / name).write_text(name)
    for words in (["init", "-q"], ["add", "gen/kept"]):
        subprocess.run(["git", *words], check=True)
    monkeypatch.setenv("PATH", "")
    return []


def test_a_name_that_the_index_does_not_hold_is_not_tracked(asked):
    assert tracked(["gen/made", "elsewhere/too"], asked.append) == set()
    assert asked == []


@pytest.mark.parametrize("path", ["gen/kept", "other/kept"])
def test_of_a_name_that_it_holds_in_any_folder_git_is_asked(asked, path):
    assert tracked(["gen/made", path], asked.append) == {"gen/made", path}
    assert "git cannot say" in asked[0]


@pytest.mark.parametrize("name, value", [("GIT_DIR", ".git"), ("GIT_INDEX_FILE", "another")])
def test_where_the_environment_names_another_repository_git_is_asked(asked, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert tracked(["gen/made"], asked.append) == {"gen/made"}


@pytest.mark.parametrize("form", [b"DIRC\0\0\0\4", b"DIRC\0\0\0\2 link\0", b"DIRC\0\0\0\3 sdir\0", b""])
def test_of_an_index_of_another_form_git_is_asked(asked, tmp_path, form):
    (tmp_path / ".git/index").write_bytes(form)
    assert tracked(["gen/made"], asked.append) == {"gen/made"}
