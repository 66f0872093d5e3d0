"""What patterns stand for: on disk, and as a question about one path, the same."""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path

import pytest

from buildgraph import glob
from buildgraph.errors import BuildError
from buildgraph.layout import canonical, is_exact, is_pattern, shown
from buildgraph.observe.folders import listing
from buildgraph.observe.listings import digest, expand
from buildgraph.patterns import fixed_folder, matches


def said(pattern):
    return canonical(glob(pattern))


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
    assert list(expand(said(pattern))) == expected
    assert [
        path
        for path in sorted(paths)
        if "__" not in path and ".git" not in path and matches(said(pattern), path)
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
        found = expand(said(pattern))
        assert list(found) == sorted(path for path in paths if matches(said(pattern), path)), pattern
        assert all(path.startswith(fixed_folder(said(pattern))) for path in found), pattern


def test_link_to_its_own_folder_is_listed_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "s/a")
    (tmp_path / "s/loop").symlink_to(".")
    assert expand("s/") == ("s/a", "s/loop")


@pytest.mark.parametrize("pattern", ["s/", "s/**/*", "s/*/f", "s/l*/**"])
def test_what_a_link_to_a_folder_leads_to_is_read(tmp_path, monkeypatch, pattern):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "far/f", "s/.keep")
    (tmp_path / "s/link").symlink_to("../far")
    assert "s/link/f" in expand(said(pattern))
    assert "s/link/f" not in expand(said(pattern), follows=False)


def test_folder_with_two_names_is_read_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "s/real/f")
    (tmp_path / "s/a").symlink_to("real")
    (tmp_path / "s/real/up").symlink_to("..")
    assert expand("s/") == ("s/a", "s/real/f", "s/real/up")


def test_second_name_of_a_folder_is_one_that_a_pattern_may_ask_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "s/real/f")
    (tmp_path / "s/alias").symlink_to("real")
    assert expand(canonical("s/**/alias/*")) == ("s/alias", "s/alias/f")


def test_many_links_among_folders_are_searched_in_time_that_grows_with_their_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for one in range(40):
        tree(tmp_path, f"s/{one}/f")
        for other in range(40):
            (tmp_path / f"s/{one}/to{other}").symlink_to(f"../{other}")
    assert len(expand("s/")) == 40 * 41


def test_link_to_a_folder_that_holds_the_checkout_is_refused(tmp_path, monkeypatch):
    (tmp_path / "checkout/s").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "checkout")
    for target in (".", tmp_path):
        link = tmp_path / "checkout/s/up"
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / "checkout" / target)
        with pytest.raises(BuildError) as raised:
            expand("s/")
        assert str(raised.value) == (
            "the link 's/up' leads to a folder that contains the whole checkout. Remove it, or name the files that are read."
        )


@pytest.mark.parametrize("name", ["pages/[id].js", "[id]", "a[!b]c/d", "[[]x"])
def test_brackets_in_a_text_are_letters(name):
    assert canonical(name) == name
    assert is_exact(canonical(name))


@pytest.mark.parametrize("name", ["a*b", "what?.txt", "*", "[x]*/[y]", ".?", "**/x"])
def test_pattern_stands_for_the_file_of_its_own_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, name)
    assert is_pattern(canonical(name))
    assert name in expand(canonical(name))
    assert matches(canonical(name), name)
    assert shown(canonical(name)) == name


def test_brackets_beside_a_star_are_letters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "[ab]/x.js", "a/x.js")
    assert expand(canonical("[ab]/*.js")) == ("[ab]/x.js",)
    assert expand(said("[ab]/*.js")) == ("a/x.js",)


def test_path_object_is_that_path_whatever_its_name():
    assert canonical(Path("a*b")) == "a*b"
    assert is_exact(canonical(Path("a*b")))


def test_name_that_is_not_utf_8_is_listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    import os

    with open(os.fsencode(tmp_path) + b"/\xff.txt", "w"):
        assert expand(canonical("*.txt")) == ("\udcff.txt",)


def test_listing_tells_a_file_from_a_folder_and_a_link_whatever_their_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    makers = [
        lambda: tree(tmp_path, "d/a"),
        lambda: tree(tmp_path, "d/a@"),
        lambda: (tmp_path / "d/a").mkdir(parents=True),
        lambda: (tmp_path / "d/a").symlink_to("nowhere"),
        lambda: (tmp_path / "d/a").symlink_to("../there"),
        lambda: (tmp_path / "d/a@").symlink_to("../there"),
    ]
    found = set()
    for make in makers:
        (tmp_path / "d").mkdir(exist_ok=True)
        make()
        found.add((digest("d"), listing("d")[1]))
        shutil.rmtree(tmp_path / "d")
    assert len({one for one, _ in found}) == len({other for _, other in found}) == len(makers)
