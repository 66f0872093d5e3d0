"""A store beyond its limit loses what was used longest ago, and is only walked when it is beyond it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from buildgraph.locking import FileLock
from buildgraph.store import blobs, eviction
from buildgraph.store.place import ENTRIES, NEW, SIZE, Place

AGE_SECONDS = 100_000


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(eviction, "LIMIT_BYTES", 1000)
    return Place.open(str(tmp_path))


def put(place: Place, number: int, size: int = 100, age: float = 0) -> str:
    name = f"{number:064x}"[::-1]
    place.note(size)
    place.write(ENTRIES, name, b"x" * size)
    os.utime(place.path(ENTRIES, name), (time.time() - age,) * 2)
    return name


def there(place: Place, names: list[str]) -> list[bool]:
    return [os.path.exists(place.path(ENTRIES, name)) for name in names]


def test_what_was_used_longest_ago_goes_until_there_is_room_for_a_while(place):
    names = [put(place, number, age=100 - number) for number in range(12)]
    eviction.make_room(place)
    assert there(place, names) == [False] * 4 + [True] * 8
    assert int(Path(place.folder, SIZE).read_bytes()) == 800


def test_what_is_used_stays(place):
    names = [put(place, number, age=AGE_SECONDS - number) for number in range(12)]
    blobs.use(place.path(ENTRIES, names[0]))
    eviction.make_room(place)
    assert there(place, names)[:3] == [True, False, False]


def test_below_the_limit_nothing_is_looked_at(place, monkeypatch):
    names = [put(place, number) for number in range(10)]
    monkeypatch.setattr(eviction, "_files", lambda place: pytest.fail("it was walked"))
    eviction.make_room(place)
    assert there(place, names) == [True] * 10


@pytest.mark.parametrize("lines", [b"", b"x\n", b"9" * 40 + b"\n"], ids=["empty", "not a number", "too much"])
def test_lines_that_cannot_be_right_are_counted_anew(place, lines):
    names = [put(place, number) for number in range(3)]
    with open(os.path.join(place.folder, SIZE), "wb") as file:
        file.write(lines)
    eviction.make_room(place)
    assert there(place, names) == [True] * 3
    assert int(Path(place.folder, SIZE).read_bytes()) == 300


def test_while_another_run_makes_room_nothing_is_done(place, tmp_path):
    names = [put(place, number) for number in range(12)]
    lock = FileLock(tmp_path / "store/1/lock")
    assert lock.try_acquire()
    eviction.make_room(place)
    assert all(there(place, names))
    lock.release()
    eviction.make_room(place)
    assert sum(there(place, names)) == 8


def test_what_a_killed_process_left_is_removed_when_it_is_old(place):
    new, old = place.new(), place.new()
    for path in (new, old):
        Path(path).touch()
    os.utime(old, (time.time() - AGE_SECONDS,) * 2)
    eviction.make_room(place)
    assert os.listdir(os.path.join(place.folder, NEW)) == [os.path.basename(new)]


def test_an_entry_whose_blob_went_is_a_miss(place, tmp_path):
    with pytest.raises(FileNotFoundError):
        blobs.take(place, "0" * 64, 1, str(tmp_path / "x"), 0o644)
