"""A place in the store holds a whole file or none."""

import hashlib
import io
from pathlib import Path

import pytest

from warehouse.files.storage import Storage, place_of

CONTENT = b"some bytes" * 300_000
PATH = "ab/cd/ef/name.whl"


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An empty store."""
    return Storage(tmp_path / "files")


def everything(storage: Storage) -> list[str]:
    """List all files of a store."""
    return sorted(
        path.relative_to(storage.root).as_posix() for path in storage.root.rglob("*") if path.is_file()
    )


def test_a_file_arrives_with_its_digests_and_is_kept(storage: Storage):
    with storage.receive(io.BytesIO(CONTENT)) as incoming:
        assert incoming.size_bytes == len(CONTENT)
        assert incoming.md5 == hashlib.md5(CONTENT).hexdigest()
        assert incoming.sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert incoming.blake2_256 == hashlib.blake2b(CONTENT, digest_size=32).hexdigest()
        storage.keep(incoming, PATH)
    assert everything(storage) == [PATH]
    assert storage.locate(PATH).read_bytes() == CONTENT


def test_a_file_that_is_not_kept_is_gone(storage: Storage):
    with storage.receive(io.BytesIO(CONTENT)):
        pass
    assert everything(storage) == []


def test_a_reading_error_leaves_nothing(storage: Storage):
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("the line broke")

    with pytest.raises(OSError, match="the line broke"), storage.receive(Broken()):
        pytest.fail("nothing was received")
    assert everything(storage) == []


def test_an_error_after_arrival_leaves_nothing(storage: Storage):
    with pytest.raises(ZeroDivisionError), storage.receive(io.BytesIO(CONTENT)):
        raise ZeroDivisionError
    assert everything(storage) == []


def test_small_files_are_written_and_discarded(storage: Storage):
    storage.write(b"a", PATH)
    storage.write(b"b", PATH + ".metadata")
    assert everything(storage) == [PATH, PATH + ".metadata"]
    storage.discard(PATH)
    assert everything(storage) == [PATH + ".metadata"]
    storage.discard(PATH + ".metadata")
    assert everything(storage) == []
    storage.discard(PATH)


def test_a_place_is_made_of_the_digest_and_the_name():
    assert place_of("abcdef", "name.whl") == "ab/cd/ef/name.whl"
