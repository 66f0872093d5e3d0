"""What patterns stand for: on disk, and as a question about one path, the same."""

from __future__ import annotations

import itertools
import random

import pytest

from buildgraph.observe.listings import expand, fixed_folder, matches


def tree(folder, *paths):
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.py", ["a.py"]),
        ("**/*.py", ["a.py", "s/b.py", "s/t/c.py"]),
        ("s/**/*.py", ["s/b.py", "s/t/c.py"]),
        ("s/*.py", ["s/b.py"]),
        ("s/", ["s/.hidden/d.py", "s/b.py", "s/t/c.py", "s/t/c.txt"]),
        ("s/**", ["s/.hidden/d.py", "s/b.py", "s/t/c.py", "s/t/c.txt"]),
        ("s/?/[!x].*", ["s/t/c.py", "s/t/c.txt"]),
        ("s/?/[c].py", ["s/t/c.py"]),
        ("s/.*/*", ["s/.hidden/d.py"]),
        ("*/b.py", ["s/b.py"]),
        ("x/**/*.py", []),
        ("a.py/*", []),
    ],
)
def test_pattern_stands_for(tmp_path, monkeypatch, pattern, expected):
    monkeypatch.chdir(tmp_path)
    paths = ["a.py", "s/b.py", "s/t/c.py", "s/t/c.txt", "s/.hidden/d.py", "s/__pycache__/e.py", ".git/f.py"]
    tree(tmp_path, *paths)
    assert list(expand(pattern)) == expected
    assert [
        path for path in sorted(paths) if "__" not in path and ".git" not in path and matches(pattern, path)
    ] == expected


def test_disk_and_question_agree_on_random_patterns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["a", "ab", "b.c", ".h"]
    paths = [
        "/".join(parts) + "/f" for depth in (1, 2, 3) for parts in itertools.product(names, repeat=depth)
    ]
    tree(tmp_path, *paths)
    chance = random.Random(1)
    parts = ["a", "*", "a*", "?", "**", "[ab]", "*.c", ".*", "[!a]*"]
    for _ in range(300):
        pattern = (
            "/".join(chance.choice(parts) for _ in range(chance.randint(1, 3)))
            + "/"
            + chance.choice(["f", "*", "?"])
        )
        found = expand(pattern)
        assert list(found) == sorted(path for path in paths if matches(pattern, path)), pattern
        assert all(path.startswith(fixed_folder(pattern)) for path in found), pattern


def test_link_to_a_folder_is_listed_and_not_entered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s").mkdir()
    (tmp_path / "s/loop").symlink_to(".")
    assert expand("s/") == ("s/loop",)


def test_name_that_is_not_utf_8_is_listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    import os

    with open(os.fsencode(tmp_path) + b"/\xff.txt", "w"):
        assert expand("*.txt") == ("\udcff.txt",)
