"""A zip says one thing to those who go by its directory and to those who go by its local headers; a tar's links stay inside."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from safe_archives import Limits, Member, Refused, opened

PACKED = zlib.compress(b"evil")[2:-4]
DESCRIPTOR = struct.pack("<4sLLL", b"PK\7\x08", zlib.crc32(b"good"), 4, 4)
NAMED = struct.pack("<HHBL", 0x7075, 12, 1, zlib.crc32(b"a.py")) + b"evil.py"


def local(name: bytes, data: bytes, **said: int | bytes) -> bytes:
    """Return a member with its local header."""
    extra = said.get("extra", b"")
    numbers = (said.get("crc", zlib.crc32(data)), said.get("packed", len(data)), said.get("size", len(data)))
    method, flags = said.get("method", 0), said.get("flags", 0)
    header = struct.pack(
        "<4sHHHHHLLLHH", b"PK\3\4", 20, flags, method, 0, 33, *numbers, len(name), len(extra)
    )
    return header + name + extra + data


def listing(name: bytes, data: bytes, place: int, **said: int | bytes) -> bytes:
    """Return a member's entry of the directory."""
    extra = said.get("extra", b"")
    numbers = (said.get("method", 0), 0, 33, zlib.crc32(data), len(data), said.get("size", len(data)))
    header = struct.pack("<4sHHHHHHLLL", b"PK\1\2", 20, 20, said.get("flags", 0), *numbers)
    return header + struct.pack("<HHHHHLL", len(name), len(extra), 0, 0, 0, 0, place) + name + extra


def ended(body: bytes, directory: bytes, *counts: int) -> bytes:
    """Return a zip of these parts; it says these numbers of members, those of the disk and of all."""
    numbers = counts or (1, 1)
    return (
        body + directory + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, *numbers, len(directory), len(body), 0)
    )


GOOD, HIDDEN = local(b"a.py", b"good"), local(b"hidden.py", b"evil")
ENTRY = listing(b"a.py", b"good", 0)
WIDE = struct.pack("<HHQQ", 1, 16, 4, 4000)
TWO = ENTRY + listing(b"b.py", b"good", len(GOOD))
CONFUSING = {
    "a member between": ended(
        GOOD + HIDDEN + local(b"b.py", b"good"), ENTRY + listing(b"b.py", b"good", len(GOOD + HIDDEN)), 2, 2
    ),
    "a member that is only local": ended(GOOD + HIDDEN, ENTRY),
    "no member but a local one": ended(GOOD, b"", 0, 0),
    "sizes": ended(local(b"a.py", HIDDEN, packed=0, size=0, crc=0), listing(b"a.py", HIDDEN, 0)),
    "sizes of 64 bits": ended(local(b"a.py", b"good", packed=2**32 - 1, size=2**32 - 1, extra=WIDE), ENTRY),
    "a method": ended(local(b"a.py", PACKED, method=8, size=4), listing(b"a.py", PACKED, 0)),
    "a checksum": ended(local(b"a.py", b"good", crc=1), ENTRY),
    "a descriptor": ended(local(b"a.py", b"good", flags=8, crc=0, packed=0, size=0), ENTRY),
    "no descriptor": ended(
        local(b"a.py", b"good", flags=8, crc=0, packed=0, size=0), listing(b"a.py", b"good", 0, flags=8)
    ),
    "another descriptor": ended(
        local(b"a.py", b"good", flags=8) + DESCRIPTOR[:-4] + bytes(4), listing(b"a.py", b"good", 0, flags=8)
    ),
    "another name": ended(GOOD, listing(b"a.py", b"good", 0, extra=NAMED)),
    "another local name": ended(local(b"a.py", b"good", extra=NAMED), ENTRY),
    "fewer members": ended(GOOD + local(b"b.py", b"good"), TWO, 1, 1),
    "fewer members in all": ended(GOOD + local(b"b.py", b"good"), TWO, 2, 1),
    "one path": ended(
        local(b"a/b", b"good") + local(b"a//b", b"evil"),
        listing(b"a/b", b"good", 0) + listing(b"a//b", b"evil", len(local(b"a/b", b"good"))),
        2,
        2,
    ),
    "a folder that is a file": ended(
        local(b"a/", b"") + local(b"a", b"good"),
        listing(b"a/", b"", 0) + listing(b"a", b"good", len(local(b"a/", b""))),
        2,
        2,
    ),
    "a file below a file": ended(
        local(b"a", b"good") + local(b"a/b", b"good"),
        listing(b"a", b"good", 0) + listing(b"a/b", b"good", len(local(b"a", b"good"))),
        2,
        2,
    ),
}


def refused(path: Path, content: bytes, filename: str) -> str:
    """Return why an archive is refused."""
    path.write_bytes(content)
    with pytest.raises(Refused) as refusal, opened(path, filename) as archive:
        list(archive)
    return refusal.value.reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *(
            (name, "The archive is read in more than one way at 'a.py'.")
            for name in ("sizes", "sizes of 64 bits", "a method", "a checksum", "a descriptor", "no descriptor",
                         "another descriptor", "another name", "another local name")
        ),
        ("a member between", "The archive is read in more than one way at 'b.py'."),
        ("a member that is only local", "The archive has something before its directory."),
        ("no member but a local one", "The archive has something before its directory."),
        ("fewer members", "The archive is read in more than one way at its end."),
        ("fewer members in all", "The archive is read in more than one way at its end."),
        ("one path", "The archive is read in more than one way at 'a//b'."),
        ("a folder that is a file", "The archive is read in more than one way at 'a'."),
        ("a file below a file", "The archive has a file below what is not a folder: 'a/b'."),
    ],
)  # fmt: skip
def test_a_zip_of_which_some_read_another_one_is_refused(tmp_path: Path, name: str, reason: str):
    assert refused(tmp_path / "a", CONFUSING[name], "a.whl") == reason


@pytest.mark.parametrize("signature", [b"", b"PK\7\x08"])
@pytest.mark.parametrize("form", ["<LLL", "<LQQ"])
@pytest.mark.parametrize("said", [{}, {"crc": 0, "packed": 0, "size": 0}])
def test_numbers_may_be_behind_a_content(tmp_path: Path, signature: bytes, form: str, said: dict[str, int]):
    descriptor = signature + struct.pack(form, zlib.crc32(b"good"), 4, 4)
    body = local(b"a.py", b"good", flags=8, **said) + descriptor
    (tmp_path / "a").write_bytes(ended(body, listing(b"a.py", b"good", 0, flags=8)))
    with opened(tmp_path / "a", "a.whl") as archive:
        assert list(archive) == [Member("a.py", 4)]


class Pipe(io.RawIOBase):
    """A stream in which nobody goes back, as that of a download."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.content += bytes(data)
        return len(data)


@pytest.mark.parametrize("is_wide", [False, True])
def test_what_python_streams_is_read(tmp_path: Path, is_wide: bool):
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.py", "b.py"):
            with archive.open(name, "w", force_zip64=is_wide) as file:
                file.write(b"good")
    (tmp_path / "a").write_bytes(pipe.content)
    with opened(tmp_path / "a", "a.whl") as found:
        assert list(found) == [Member("a.py", 4), Member("b.py", 4)]


def wide_end(**said: int) -> bytes:
    """Return a zip whose end is said in 64 bits, too."""
    place, size = len(GOOD), len(ENTRY)
    count, where = said.get("count", 1), said.get("where", place + size)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, place)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, where, 1)
    numbers = (said.get("narrow", 0xFFFF), 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return GOOD + ENTRY + record + locator + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, *numbers, 0)


def test_an_end_of_64_bits_says_what_is_there(tmp_path: Path):
    (tmp_path / "a").write_bytes(wide_end())
    with opened(tmp_path / "a", "a.whl") as archive:
        assert list(archive) == [Member("a.py", 4)]
    for content in (wide_end(count=2), wide_end(narrow=2), wide_end(where=0)):
        said = "The archive is read in more than one way at its end."
        assert refused(tmp_path / "a", content, "a.whl") == said


def tarred(*members: tuple[str, str | None], **headers: str) -> bytes:
    """Return an sdist of links, whose targets are given, and files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, target in members:
            member = tarfile.TarInfo(name)
            member.pax_headers = headers
            member.type, member.linkname = (
                (tarfile.REGTYPE, "") if target is None else (tarfile.SYMTYPE, target)
            )
            archive.addfile(member, io.BytesIO())
    return gzip.compress(content.getvalue())


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (
            [("x/a/b/up", "../.."), ("x/out", "a/b/up/../../etc/passwd")],
            "The archive has a file that is no file of its folder: 'x/out'.",
        ),
        ([("x/s", "."), ("x/s/l", "../y")], "The archive has a file below what is not a folder: 'x/s/l'."),
        ([("x/s", "."), ("x/s/f", None)], "The archive has a file below what is not a folder: 'x/s/f'."),
        ([("x/s/f", None), ("x/s", ".")], "The archive has a file below what is not a folder: 'x/s/f'."),
        ([("x/a", None), ("x/a/b", None)], "The archive has a file below what is not a folder: 'x/a/b'."),
    ],
)
def test_nothing_of_a_tar_is_written_through_a_link(tmp_path: Path, members: list, reason: str):
    assert refused(tmp_path / "a", tarred(*members), "a.tar.gz") == reason


def test_links_that_lead_up_and_down_again_are_taken(tmp_path: Path):
    (tmp_path / "a").write_bytes(
        tarred(("x/a/b", None), ("x/c/up", ".././/a/b"), ("x/d", "c"), ("x/d-e", None))
    )
    with opened(tmp_path / "a", "a.tar.gz") as archive:
        assert [each.kind for each in archive] == ["file", "link", "link", "file"]


@pytest.mark.parametrize(("header", "text"), [("size", "1_0"), ("size", "-512"), ("path", "x/a\0b")])
def test_a_header_that_others_read_in_another_way_is_refused(tmp_path: Path, header: str, text: str):
    reason = refused(tmp_path / "a", tarred(("x/a", None), **{header: text}), "a.tar.gz")
    newer = ("'a.tar.gz' is damaged: ", "The archive has something behind its end.")  # of other Pythons
    assert reason.startswith(("The archive is read in more than one way at 'x/a", *newer))


def test_zeros_behind_a_tar_are_counted(tmp_path: Path):
    (tmp_path / "a").write_bytes(gzip.compress(bytes(5_000_000)))
    with opened(tmp_path / "a", "a.tar.gz", Limits(unpacked_bytes=5_000_000)) as archive:
        assert list(archive) == []
    limits = Limits(unpacked_bytes=4_000_000, piece_bytes=100_000)
    with pytest.raises(Refused) as refusal, opened(tmp_path / "a", "a.tar.gz", limits) as archive:
        list(archive)
    assert refusal.value.reason == "The archive unpacks to too much."
