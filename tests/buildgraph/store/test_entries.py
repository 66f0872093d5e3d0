"""Entries say what was kept, and whatever else a file says is not an entry."""

from __future__ import annotations

import json
import random

import pytest

from buildgraph.layout import canonical
from buildgraph.observe.digests import of_bytes
from buildgraph.rules.values import Rule
from buildgraph.store.entries import (
    Choice,
    Entry,
    File,
    decode,
    decode_choices,
    encode,
    encode_choices,
    fits,
    output_of,
)

ENTRY = Entry({"b": File("0" * 64, 3, 0o644), "t/ä/\udcff": File("f" * 64, 0, 0o755)}, 1.25)


def test_an_entry_is_what_it_was():
    assert decode(encode(ENTRY)) == ENTRY


def test_choices_are_what_they_were():
    choices = [Choice(("a", "lib/_b"), ("", "lib")), Choice((), ())]
    assert decode_choices(encode_choices(choices)) == choices


def test_no_damaged_entry_is_read():
    chance, data = random.Random(1), encode(ENTRY)
    for _ in range(300):
        broken = bytearray(data)
        broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        assert decode(bytes(broken)) is None
        assert decode(data[: chance.randrange(len(data))]) is None


def signed(said: object) -> bytes:
    text = json.dumps(said).encode()
    return of_bytes(text).encode() + b"\n" + text


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        7,
        "files",
        {},
        {"files": {}},
        {"files": [], "seconds": 1},
        {"files": {"a": None}, "seconds": 1},
        {"files": {"a": ["0" * 63, 1, 0o644]}, "seconds": 1},
        {"files": {"a": ["G" * 64, 1, 0o644]}, "seconds": 1},
        {"files": {"a": ["../" + "0" * 61, 1, 0o644]}, "seconds": 1},
        {"files": {"a": ["0" * 64, -1, 0o644]}, "seconds": 1},
        {"files": {"a": ["0" * 64, 1.5, 0o644]}, "seconds": 1},
        {"files": {"a": ["0" * 64, True, 0o644]}, "seconds": 1},
        {"files": {"a": ["0" * 64, 1, 0o4755]}, "seconds": 1},
        {"files": {"a": ["0" * 64, 1]}, "seconds": 1},
        {"files": {}, "seconds": "long"},
    ],
    ids=str,
)
def test_what_has_another_shape_is_not_an_entry(said):
    assert decode(signed(said)) is None


@pytest.mark.parametrize(
    "said",
    [None, [[]], [["a"]], [[["../a"], []]], [[["/a"], []]], [[[7], []]], [[["a"], [None, 1]]], {"a": 1}],
    ids=str,
)
def test_what_has_another_shape_is_not_a_choice(said):
    assert decode_choices(signed(said)) == []


RULE = Rule(("x",), outputs=("one", "tree/", canonical("pat/*.x")))


@pytest.mark.parametrize(
    ("path", "output"),
    [
        ("one", "one"),
        ("tree/a", "tree/"),
        ("tree/a/b", "tree/"),
        ("pat/a.x", "/pat/*.x"),
        ("pat/a.y", None),
        ("pat/b/a.x", None),
        ("tree", None),
        ("tree/", None),
        ("one/a", None),
        ("../one", None),
        ("tree/../../a", None),
        ("./one", None),
        ("/one", None),
        ("", None),
        ("a\0", None),
    ],
)
def test_a_path_is_that_of_an_output_or_of_none(path, output):
    assert output_of(RULE, path) == output


def test_all_files_that_are_named_must_be_there_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = File("0" * 64, 1, 0o644)
    assert fits(RULE, Entry({"one": file}, 0))
    assert fits(RULE, Entry({"one": file, "tree/a": file, "pat/a.x": file}, 0))
    assert not fits(RULE, Entry({"tree/a": file}, 0))
    assert not fits(RULE, Entry({"one": file, "two": file}, 0))
    assert not fits(RULE, Entry({"one": file, "tree/.git/config": file}, 0))
    assert not fits(RULE, Entry({"one": file, "tree/__pycache__/a": file}, 0))
    (tmp_path / "tree").symlink_to(tmp_path)
    assert not fits(RULE, Entry({"one": file, "tree/a": file}, 0))


def test_outputs_may_lie_in_the_state_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = File("0" * 64, 1, 0o644)
    rule = Rule(("x",), outputs=(".buildgraph/a/one", ".buildgraph/a/t/", canonical(".buildgraph/a/p/*.x")))
    files = dict.fromkeys((".buildgraph/a/one", ".buildgraph/a/t/deep/a", ".buildgraph/a/p/a.x"), file)
    assert fits(rule, Entry(files, 0))
    assert not fits(rule, Entry({**files, ".buildgraph/a/t/.git/a": file}, 0))
