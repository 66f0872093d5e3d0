"""The folder of a user's caches is the one that `platformdirs` names."""

from __future__ import annotations

import os

import platformdirs
import pytest

from buildgraph.caches import user_cache


@pytest.mark.parametrize("said", [None, "", " ", "/some/where", "relative"])
def test_it_is_where_the_rooms_keep_theirs(said, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if said is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", said)
    theirs = platformdirs.user_cache_path("buildgraph", appauthor=False, opinion=False)
    assert user_cache(os.environ) == str(theirs)


def test_without_a_home_it_is_that_of_the_account():
    assert user_cache({}) == os.path.join(os.path.expanduser("~"), ".cache/buildgraph")


@pytest.mark.parametrize(
    ("system", "environ", "folder"),
    [
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Caches/buildgraph"),
        ("darwin", {"HOME": "/Users/a", "XDG_CACHE_HOME": "/x"}, "/x/buildgraph"),
        ("win32", {"LOCALAPPDATA": "C:\\Local"}, os.path.join("C:\\Local", "buildgraph")),
    ],
)
def test_other_systems_have_customs_of_their_own(system, environ, folder, monkeypatch):
    monkeypatch.setattr("sys.platform", system)
    assert user_cache(environ) == folder
