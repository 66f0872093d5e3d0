"""Blobs come back as they were, or not at all."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest

from buildgraph.store import blobs
from buildgraph.store.place import BLOBS, NEW, Place

SIZES = (0, 1, 65_536, blobs.CHUNK_BYTES, blobs.CHUNK_BYTES + 1, 3 * blobs.CHUNK_BYTES + 7)


@pytest.fixture
def place(tmp_path):
    return Place.open(str(tmp_path / "cache"))


def made(tmp_path, size: int) -> tuple[str, str]:
    path = tmp_path / "output"
    path.write_bytes(os.urandom(size))
    return str(path), sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("can_share", [True, False], ids=["shared blocks", "plain copy"])
def test_a_blob_comes_back_with_its_mode(place, tmp_path, size, can_share, monkeypatch):
    if not can_share:
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    path, digest = made(tmp_path, size)
    os.chmod(path, 0o750)
    assert blobs.keep(place, path, digest) == (size, 0o750)
    blobs.take(place, digest, size, str(tmp_path / "copy"), 0o750)
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "output").read_bytes()
    assert (tmp_path / "copy").stat().st_mode & 0o7777 == 0o750
    assert (tmp_path / "copy").stat().st_nlink == 1


def test_a_copy_that_stops_being_shared_half_way_goes_on(place, tmp_path, monkeypatch):
    real, calls = os.copy_file_range, []

    def some(source, target, count):
        calls.append(count)
        if len(calls) > 1:
            raise OSError(18, "another device")
        return real(source, target, 70_001)

    monkeypatch.setattr(os, "copy_file_range", some)
    path, digest = made(tmp_path, 3 * blobs.CHUNK_BYTES)
    assert blobs.keep(place, path, digest)
    assert len(calls) == 2
    monkeypatch.undo()
    blobs.take(place, digest, 3 * blobs.CHUNK_BYTES, str(tmp_path / "copy"), 0o644)


def test_special_bits_are_not_kept(place, tmp_path):
    path, digest = made(tmp_path, 1)
    os.chmod(path, 0o4755)
    assert blobs.keep(place, path, digest) == (1, 0o755)


def test_what_is_not_what_it_was_is_not_kept(place, tmp_path):
    path, _ = made(tmp_path, 100)
    assert blobs.keep(place, path, "0" * 64) is None
    assert not os.path.exists(place.path(BLOBS, "0" * 64))
    assert os.listdir(os.path.join(place.folder, NEW)) == []


def test_what_is_there_is_not_written_again(place, tmp_path, monkeypatch):
    path, digest = made(tmp_path, 100)
    blobs.keep(place, path, digest)
    monkeypatch.setattr(place, "new", lambda: pytest.fail("it was written"))
    assert blobs.keep(place, path, digest)


def test_another_size_is_damage_and_nothing_of_it_is_left(place, tmp_path):
    path, digest = made(tmp_path, 100)
    blobs.keep(place, path, digest)
    with pytest.raises(blobs.Damaged):
        blobs.take(place, digest, 99, str(tmp_path / "copy"), 0o644)
    assert not (tmp_path / "copy").exists()
    assert not os.path.exists(place.path(BLOBS, digest))


def test_what_is_used_is_marked_at_most_every_ten_minutes(place, tmp_path):
    path, digest = made(tmp_path, 100)
    blobs.keep(place, path, digest)
    kept = place.path(BLOBS, digest)
    os.utime(kept, (1, 1))
    blobs.take(place, digest, 100, str(tmp_path / "one"), 0o644)
    marked = os.stat(kept).st_mtime_ns
    assert marked > 10**9
    blobs.take(place, digest, 100, str(tmp_path / "two"), 0o644)
    assert os.stat(kept).st_mtime_ns == marked


@pytest.mark.parametrize("size", SIZES[1:])
def test_one_wrong_byte_is_damage_whatever_the_size(place, tmp_path, size):
    path, digest = made(tmp_path, size)
    blobs.keep(place, path, digest)
    with open(place.path(BLOBS, digest), "r+b") as file:
        file.seek(size - 1)
        last = file.read(1)[0]
        file.seek(size - 1)
        file.write(bytes([last ^ 1]))
    with pytest.raises(blobs.Damaged):
        blobs.take(place, digest, size, str(tmp_path / "copy"), 0o644)
    assert not (tmp_path / "copy").exists()
    assert not os.path.exists(place.path(BLOBS, digest))
