"""An archive is shown as every program would unpack it, or refused with a sentence."""

import gzip
import io
import os
import re
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import safe_archives
from safe_archives import Limits, Member, Refused, opened, read

LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for an archive."""
    return tmp_path / "archive"


def listed(path: Path, content: bytes, filename: str = "a.whl", **limits: int) -> list[Member]:
    """Return the members of an archive of this content."""
    path.write_bytes(content)
    with opened(path, filename, Limits(**limits)) as archive:
        return list(archive)


def refused(path: Path, content: bytes, filename: str = "a.whl", **limits: int) -> str:
    """Return why an archive of this content is refused."""
    with pytest.raises(Refused) as refusal:
        listed(path, content, filename, **limits)
    assert str(refusal.value) == refusal.value.reason
    return refusal.value.reason


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip as Python writes it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members:
            archive.writestr(zipfile.ZipInfo(name), text, method)
    return content.getvalue()


def handmade(*names: bytes, flags: int = 0, size: int | None = None, offsets: tuple[int, ...] = ()) -> bytes:
    """Return a zip of files with an 'x' in them, whose directory may say other sizes and places."""
    locals_, directory = b"", b""
    for number, name in enumerate(names):
        fields = struct.pack("<HHHHHLLLHH", 20, flags, 0, 0, 0, zlib.crc32(b"x"), 1, size or 1, len(name), 0)
        offset = offsets[number] if offsets else len(locals_)
        locals_ += LOCAL + fields + name + b"x"
        directory += (
            CENTRAL + struct.pack("<H", 20) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, offset) + name
        )
    numbers = (0, 0, len(names), len(names), len(directory), len(locals_), 0)
    return locals_ + directory + END + struct.pack("<HHHHLLH", *numbers)


def tarred(*members: tarfile.TarInfo | str, format: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar.gz; names are those of files with an 'x' in them."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=format) as archive:
        for member in members:
            if isinstance(member, str):
                member, text = tarfile.TarInfo(member), b"x"
                member.size = 1
            else:
                text = b""
            archive.addfile(member, io.BytesIO(text))
    return gzip.compress(content.getvalue(), mtime=0)


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return a member of a tar that is not a file."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_the_members_of_a_zip_are_listed_and_read(path: Path):
    content = zipped(("a/", b""), ("a/b.py", b"1 + 1\n"), ("é", b"2"))

    assert listed(path, content) == [
        Member("a/", 0, "folder"),
        Member("a/b.py", 6),
        Member("é", 1),
    ]
    with opened(path, "a.zip") as archive:
        assert [read(archive, member, 6) for member in archive] == [b"", b"1 + 1\n", b"2"]


def test_the_members_of_a_tar_are_listed_and_read_in_any_order(path: Path):
    content = tarred(
        entry("a-1", tarfile.DIRTYPE), "./a-1//b", "a-1/c", entry("a-1/d", tarfile.SYMTYPE, "../a-1/b"),
        entry("a-1/e", tarfile.LNKTYPE, "a-1/b"), entry("a-1/f", b"Z"),
    )  # fmt: skip
    members = listed(path, content, "a-1.tar.gz")

    assert [(each.path, each.size_bytes, each.kind, each.target) for each in members] == [
        ("a-1", 0, "folder", ""),
        ("a-1/b", 1, "file", ""),
        ("a-1/c", 1, "file", ""),
        ("a-1/d", 0, "link", "../a-1/b"),
        ("a-1/e", 0, "link", "a-1/b"),
        ("a-1/f", 0, "other", ""),
    ]
    with opened(path, "a-1.tar.gz") as archive:
        found = list(archive)
        assert [read(archive, member, 1) for member in reversed(found)] == [b"", b"", b"", b"x", b"x", b""]


def test_a_large_member_comes_in_pieces_and_is_not_read_whole(path: Path):
    text = bytes(300_000)
    for content, filename in [(zipped(("a", text)), "a.whl"), (tarred(), "a.tar.gz")]:
        if filename == "a.tar.gz":
            stream = io.BytesIO()
            with tarfile.open(fileobj=stream, mode="w:gz") as archive:
                info = tarfile.TarInfo("a")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text))
            content = stream.getvalue()
        path.write_bytes(content)
        with opened(path, filename) as archive:
            (member,) = archive
            pieces = list(archive.pieces(member))
            with pytest.raises(Refused, match=r"^'a' is larger than 299999 bytes\.$"):
                read(archive, member, 299_999)
        assert b"".join(pieces) == text and max(map(len, pieces)) <= 1 << 16


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_all_kinds_of_compression_are_read(path: Path, method: int):
    path.write_bytes(zipped(("a", b"b" * 10_000), method=method))
    with opened(path, "a.whl") as archive:
        assert [read(archive, member, 10_000) for member in archive] == [b"b" * 10_000]


@pytest.mark.parametrize("filename", ["a.exe", "a.tar.bz2", "a.tgz", "whl", ""])
def test_other_kinds_are_refused(path: Path, filename: str):
    assert refused(path, b"", filename) == f"'{filename}' is not of a known kind: .whl, .zip, .tar.gz."


EVIL = ["/etc/passwd", "//x", "../x", "a/../../x", "..", "C:\\x", "c:x", "a\\..\\b", "\\\\host\\x"]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_that_leads_out_is_refused(path: Path, name: str):
    said = f"The archive has a file outside of its folder: '{name}'."
    assert refused(path, zipped((name, b""))) == said
    assert refused(path, tarred(name), "a.tar.gz") == said


@pytest.mark.parametrize(
    "name", ["a\x1b[31m", "a\u202eb", "a\nb", "x" * 10_000, "a b", "%2e%2e", "a/.", "<script>"]
)
def test_a_name_that_is_only_odd_is_listed_as_it_is(path: Path, name: str):
    assert [each.name for each in listed(path, zipped((name, b"")))] == [name]
    assert [each.name for each in listed(path, tarred(name), "a.tar.gz")] == [name]


def test_a_member_without_a_name_is_listed(path: Path):
    assert listed(path, handmade(b"")) == [Member("", 1)]


def test_a_name_that_is_not_text_has_surrogates(path: Path):
    assert [each.name for each in listed(path, tarred("a\udcff", format=tarfile.GNU_FORMAT), "a.tar.gz")] == [
        "a\udcff"
    ]


@pytest.mark.parametrize(
    ("kind", "target", "is_taken"),
    [
        (tarfile.SYMTYPE, "../a-1/setup.py", True),
        (tarfile.SYMTYPE, "setup.py", True),
        (tarfile.SYMTYPE, "../../etc", False),
        (tarfile.SYMTYPE, "/etc/passwd", False),
        (tarfile.SYMTYPE, "..\\x", False),
        (tarfile.LNKTYPE, "a-1/setup.py", True),
        (tarfile.LNKTYPE, "../etc/passwd", False),
        (tarfile.LNKTYPE, "/etc/passwd", False),
        (tarfile.CHRTYPE, "", False),
        (tarfile.BLKTYPE, "", False),
        (tarfile.FIFOTYPE, "", False),
    ],
)
def test_links_lead_inside_and_devices_are_refused(path: Path, kind: bytes, target: str, is_taken: bool):
    content = tarred(entry("a-1/more", kind, target))
    if is_taken:
        assert [each.kind for each in listed(path, content, "a.tar.gz")] == ["link"]
    else:
        said = "The archive has a file that is no file of its folder: 'a-1/more'."
        assert refused(path, content, "a.tar.gz") == said


def test_a_link_in_a_zip_is_called_one_and_is_never_followed(path: Path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("a")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert [each.kind for each in listed(path, content.getvalue())] == ["link"]
    with opened(path, "a.whl") as opened_zip:
        assert [read(opened_zip, member, 99) for member in opened_zip] == [b"/etc/passwd"]


def ambiguous() -> dict[str, bytes]:
    """Return zips that two programs read in two ways."""
    two = handmade(b"a", b"b")
    return {
        "before": b"#!/bin/sh\n" + two,
        "local name": two.replace(b"\0b", b"\0c", 1),
        "twice": handmade(b"b", b"b"),
        "case": handmade(b"B", b"b"),
        "null": handmade(b"b\0c"),
        "quoted": handmade(b"a", b"b", offsets=(0, 0)),  # as in bombs whose members share their content
        "nested": handmade(b"a" * 40 + LOCAL, b"b", offsets=(0, 20)),
        "beyond": handmade(b"a", b"b", offsets=(0, 31)),
    }


@pytest.mark.parametrize("name", ambiguous())
def test_a_zip_that_is_read_in_two_ways_is_refused(path: Path, name: str):
    assert re.fullmatch(
        r"The archive is read in more than one way at '[abB]+(PK\x03\x04)?'\.",
        refused(path, ambiguous()[name]),
    )


def test_names_that_differ_in_case_are_two_where_that_is_said(path: Path):
    assert len(listed(path, handmade(b"B", b"b"), has_case=True)) == 2


def test_what_shares_its_content_is_refused_though_its_directory_is_in_order(path: Path):
    """David Fifield's bomb: the content of each file is the local headers and contents of all that follow."""
    kernel = zlib.compress(bytes(100_000))[2:-4]
    headers, offset = b"", 0
    names = [b"a", b"b", b"c"]
    block = b""
    for name in reversed(names):
        fields = struct.pack(
            "<HHHHHLLLHH", 20, 0, 8, 0, 0, 0, len(kernel) + len(block), 100_000, len(name), 0
        )
        block = LOCAL + fields + name + block
    for name in names:
        fields = struct.pack(
            "<HHHHHLLLHH", 20, 0, 8, 0, 0, 0, len(kernel) + len(block) - offset - 31, 100_000, 1, 0
        )
        headers += CENTRAL + struct.pack("<H", 20) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, offset) + name
        offset += 31
    body = block + kernel
    content = body + headers + END + struct.pack("<HHHHLLH", 0, 0, 3, 3, len(headers), len(body), 0)

    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["a", "b", "c"]
    assert refused(path, content) == "The archive is read in more than one way at 'b'."


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", END, b"\x1f\x8b\x08", zipped(("a", b""))[:-30], tarred("a")[:-30]],
    ids=["empty", "nonsense", "end", "gzip", "half a zip", "half a tar"],
)
@pytest.mark.parametrize("filename", ["a.whl", "a.tar.gz"])
def test_a_damaged_archive_is_refused(path: Path, content: bytes, filename: str):
    assert refused(path, content, filename).startswith(f"'{filename}' is damaged: ")


def test_content_that_is_not_what_its_directory_says_is_damage(path: Path):
    path.write_bytes(handmade(b"a").replace(b"ax", b"ay", 1))
    with opened(path, "a.whl") as archive, pytest.raises(Refused) as refusal:
        read(archive, next(iter(archive)), 1)
    assert refusal.value.reason == "'a.whl' is damaged: Bad CRC-32 for file 'a'."


def test_what_is_encrypted_is_called_so_and_cannot_be_read(path: Path):
    (member,) = listed(path, handmade(b"a", flags=1))
    assert member.is_encrypted
    with opened(path, "a.whl") as archive, pytest.raises(Refused, match="is encrypted, password required"):
        read(archive, next(iter(archive)), 1)


@pytest.mark.parametrize(
    ("content", "filename"), [(handmade(b"a", b"b"), "a.whl"), (tarred("a", "b"), "a.tar.gz")]
)
@pytest.mark.parametrize("limits", [{"members": 1}, {"unpacked_bytes": 1}])
def test_what_unpacks_to_too_much_is_refused(
    path: Path, content: bytes, filename: str, limits: dict[str, int]
):
    assert refused(path, content, filename, **limits) == "The archive unpacks to too much."


def test_a_size_is_refused_before_anything_is_unpacked(path: Path):
    said = "The archive unpacks to too much."
    assert refused(path, handmade(b"a", size=(1 << 30) + 1)) == said
    bomb = tarfile.TarInfo("a")
    bomb.size = 1 << 40
    assert refused(path, gzip.compress(bomb.tobuf(tarfile.GNU_FORMAT)), "a.tar.gz") == said


def test_a_size_below_zero_is_refused(path: Path):
    """A tar in base-256 may say so, and tarfile goes back by it (CVE-2025-8194)."""
    header = bytearray(tarfile.TarInfo("a").tobuf())
    header[124:136] = b"\xff" * 10 + b"\xfe\x00"  # -512
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    content = gzip.compress(bytes(tarfile.TarInfo("b").tobuf()) + bytes(header) + bytes(1024))
    reason = refused(path, content, "a.tar.gz", members=100)
    newer = "The archive has something behind its end."  # to a Python that takes it for the end
    assert reason in ("The archive is read in more than one way at 'a'.", newer)


def test_a_huge_header_is_not_read(path: Path):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", pax_headers={"comment": "x" * (2 << 20)}):
        pass
    assert refused(path, content.getvalue(), "a.tar.gz") == "'a.tar.gz' is damaged: a header is too large."


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (zipped(("a", b"")) + b"more", "a.whl"),
        (zipped(("a", b"")) + zipped(("b", b"")) + b"\0", "a.whl"),
        (tarred("a") + tarred("b"), "a.tar.gz"),
        (tarred("a") + gzip.compress(zipped(("a", b"")), mtime=0), "a.tar.gz"),
    ],
)
def test_nothing_is_behind_the_end_of_an_archive(path: Path, content: bytes, filename: str):
    assert refused(path, content, filename) == "The archive has something behind its end."


def test_a_zip_behind_a_tar_is_refused(path: Path):
    both = tarred("a") + zipped(("b", b""))
    assert refused(path, both, "a.tar.gz").startswith("'a.tar.gz' is damaged: Not a gzipped file (b'PK')")
    assert refused(path, both, "a.whl") == "The archive is read in more than one way at 'b'."


def test_a_comment_is_not_behind_the_end(path: Path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.comment = b"a comment"
    assert listed(path, content.getvalue()) == []


def test_an_entry_of_64_bits_is_read_and_one_that_lies_is_refused(path: Path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(b"x")
    assert [each.size_bytes for each in listed(path, content.getvalue())] == [1]

    extra = struct.pack("<HHQ", 1, 8, 1 << 50)
    fields = struct.pack("<HHHHHLLLHH", 45, 0, 0, 0, 0, 0, 1, 0xFFFFFFFF, 1, len(extra))
    plain = LOCAL + struct.pack("<HHHHHLLLHH", 45, 0, 0, 0, 0, 0, 1, 1, 1, 0) + b"ax"
    directory = CENTRAL + struct.pack("<H", 45) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + b"a" + extra
    end = END + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(directory), len(plain), 0)
    assert refused(path, plain + directory + end) == "The archive unpacks to too much."


def test_too_little_memory_is_not_damage(path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(safe_archives.zips.zipfile, "ZipFile", fail)
    path.write_bytes(b"")
    with pytest.raises(MemoryError), opened(path, "a.whl"):
        pass


def test_what_its_reader_raises_is_not_damage(path: Path):
    path.write_bytes(tarred("a"))
    with pytest.raises(ValueError, match="mine"), opened(path, "a.tar.gz") as archive:
        for _ in archive:
            raise ValueError("mine")


GOOD = [(zipped(("a/b", b"x" * 100), ("a/c", b"y")), "a.whl"), (tarred("a/b", "a/c"), "a.tar.gz")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 600), st.binary(min_size=1, max_size=20))
def test_any_damage_is_read_or_refused(path: Path, case: tuple[bytes, str], place: int, noise: bytes):
    content, filename = case
    place %= len(content)
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    try:
        with opened(path, filename) as archive:
            for member in archive:
                read(archive, member, 1 << 20)
    except Refused as refusal:
        assert refusal.reason.endswith(".")


def test_nothing_is_written_next_to_an_archive(path: Path):
    listed(path, zipped(("a", b"x")))
    assert os.listdir(path.parent) == ["archive"]
