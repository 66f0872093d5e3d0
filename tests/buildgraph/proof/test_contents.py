"""A part that takes over another one's groups says what a part of all the files would say."""

from __future__ import annotations

import random

import pytest

from buildgraph.proof import contents
from buildgraph.proof.contents import FEW, Files, files_of, part

FOLDERS = ("", "a", "a/b", "c d", "ä")


def stamp(source: random.Random) -> tuple[int, ...]:
    return tuple(source.randrange(1 << 62) for _ in range(4))


@pytest.mark.parametrize("seed", range(60))
def test_groups_that_are_taken_over_are_as_if_all_were_grouped_anew(seed, monkeypatch):
    monkeypatch.setattr(contents, "MANY", 24)
    source = random.Random(seed)
    paths = [
        f"{folder}/{number}" if folder else str(number)
        for folder in FOLDERS
        for number in range(source.choice([1, FEW - 1, FEW, FEW + 1, 60]))
    ]
    before = {path: stamp(source) for path in paths}
    old = part(before, [], {}, [], {})
    assert files_of(old) == before
    news = {path: stamp(source) for path in source.sample(paths, source.randrange(len(paths)))}
    news |= {path: before[path] for path in source.sample(paths, 3)}
    news |= {
        f"{source.choice(FOLDERS[1:])}/new{number}": stamp(source)
        for number in range(source.choice([0, 1, 20]))
    }
    gone = set(source.sample(paths, source.choice([0, 1, 5]))) | {"never/there"}
    new = part(news, [], {}, [], {}, others=Files(old), gone=gone)
    assert files_of(new) == {path: value for path, value in before.items() if path not in gone} | news
    names = [
        f"{folder}/{name}" if folder else name for folder, group, _ in new[1] for name in group.split("\0")
    ]
    assert len(names) == len(set(names))


def test_a_file_is_found_whichever_group_it_is_in():
    source = random.Random(1)
    before = {f"many/{number}": stamp(source) for number in range(FEW)} | {
        "few/1": stamp(source),
        "top": stamp(source),
    }
    files = Files(part(before, [], {}, [], {}))
    assert {path: files.get(path) for path in before} == before
    assert files.get("many/none") is None and files.get("none") is None
