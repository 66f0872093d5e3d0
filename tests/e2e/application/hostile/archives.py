"""Archives: wheels and sdists of some metadata, built with members, headers and sizes that no tool would write, and broken afterwards."""

import gzip
import io
import random
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.e2e.application.hostile.metadata import NUMBER

Draw = Callable[..., Any]
Members = list[tuple[str, bytes]]
PATHS = (
    "../x", "/x", "C:\\x", "a/../../x", "x" * 300, "é/𝕏", "a\0b", ".", "", "a//b", "\\\\host\\x", "aux", "a/" * 400 + "b", "x.dist-info/METADATA",
    "x/PKG-INFO", "PKG-INFO", "METADATA", "\ufffd", "a:b",
)  # fmt: skip
CONTENTS = st.sampled_from(
    [b"", b"x", b"\0" * 3_000_000, b"Metadata-Version: 2.1\nName: x\nVersion: 1\n", bytes(range(256)) * 64]
)
TAR_TYPES = (
    b"0",
    b"1",
    b"2",
    b"3",
    b"4",
    b"5",
    b"6",
    b"7",
    b"x",
    b"g",
    b"L",
    b"K",
    b"S",
    b"N",
    b"X",
    b"V",
    b"\0",
    b"z",
)
PAX_KEYS = ("path", "linkpath", "size", "mtime", "uid", "hdrcharset", "GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.size", "GNU.sparse.name", "SCHILY.xattr.x", "é")  # fmt: skip
PAX_VALUES = (
    "",
    "x",
    "-1",
    "1e400",
    "9" * 5000,
    "BINARY",
    "ISO-IR 10646 2000 UTF-8",
    "1,2,3",
    "0," * 3000,
    "nan",
    "../x",
    "\0",
    "x" * 50_000,
    "1",
    "0",
)
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


@st.composite
def members(draw: Draw, found: Members) -> Members:
    """Return members with others beside them, and some twice."""
    found = list(found)
    for _ in range(draw(st.sampled_from([0] * 6 + [1, 1, 3]))):
        place = draw(NUMBER) % (len(found) + 1)
        if found and draw(st.booleans()):
            found.insert(place, (found[draw(NUMBER) % len(found)][0], draw(CONTENTS)))  # twice
        else:
            found.insert(place, (draw(st.sampled_from(PATHS)), draw(CONTENTS)))
    if draw(st.integers(0, 60)) == 60:
        found += [(f"many/{number}", b"") for number in range(3000)]
    return found


@st.composite
def wheels(draw: Draw, found: Members) -> bytes:
    """Return a zip archive whose directory may lie."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # names that are twice there
        for path, content in draw(members(found)):
            kind = draw(
                st.sampled_from(
                    [zipfile.ZIP_DEFLATED] * 6 + [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
                )
            )
            archive.writestr(zipfile.ZipInfo(path.replace("\0", "") or "x"), content, kind)
        archive.comment = draw(st.sampled_from([b"", b"", b"PK\x05\x06" * 9, b"x" * 60_000]))
    return draw(lies(stream.getvalue())) if draw(st.integers(0, 7)) == 7 else stream.getvalue()


@st.composite
def lies(draw: Draw, content: bytes) -> bytes:
    """Return a zip archive with a few numbers of its headers changed: sizes, flags, methods, offsets, lengths."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        magic, fields = draw(st.sampled_from([(CENTRAL, (4, 6, 8, 10, 16, 20, 24, 28, 30, 32, 34, 42)), (LOCAL, (4, 6, 8, 14, 18, 22, 26, 28)), (b"PK\x05\x06", (4, 8, 10, 12, 16, 20))]))  # fmt: skip
        places = _places(content, magic)
        if places:
            place = places[draw(NUMBER) % len(places)] + draw(st.sampled_from(fields))
            number = draw(
                st.sampled_from([0, 1, 8, 9, 14, 99, 0xFFFF, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 1 << 30])
            )
            form = draw(st.sampled_from(["<H", "<I"]))
            if place + 4 <= len(changed):
                struct.pack_into(form, changed, place, number & (0xFFFF if form == "<H" else 0xFFFFFFFF))
    return bytes(changed)


@st.composite
def sdists(draw: Draw, found: Members) -> bytes:
    """Return a compressed tar archive with headers of any kind spliced in."""
    blocks = [_tar_member(path, content, b"0") for path, content in draw(members(found))]
    for _ in range(draw(st.sampled_from([0] * 5 + [1, 1, 2, 5]))):
        blocks.insert(draw(NUMBER) % (len(blocks) + 1), draw(headers()))
    times = draw(st.sampled_from([1] * 9 + [2, 40]))
    content = b"".join(blocks) * times + draw(
        st.sampled_from([bytes(1024)] * 3 + [b"", b"\0" * 100, b"x" * 600])
    )
    level = draw(st.sampled_from([0, 1, 9] if times == 1 else [1, 9]))  # what is above 100 MB is not received
    return gzip.compress(content, level, mtime=0) + draw(st.sampled_from([b""] * 5 + [b"\0" * 99, b"x" * 99, gzip.compress(bytes(4_000_000), 9, mtime=0)]))  # fmt: skip


@st.composite
def headers(draw: Draw) -> bytes:
    """Return a header of a tar archive, with what it says that follows it or less."""
    kind = draw(st.sampled_from(TAR_TYPES))
    if kind in b"xgX" and draw(st.booleans()):
        content = b"".join(draw(st.lists(_records(), max_size=5))) * draw(st.sampled_from([1, 1, 1, 500]))
    else:
        content = draw(
            st.sampled_from(
                [b"", b"x", b"x" * 600, b"9" * 100_000, b"12 path=x\n", b"0 =\n" * 999, b"\xff" * 512]
            )
        )
    block = bytearray(_tar_member(draw(st.sampled_from(PATHS)), content, kind))
    if draw(st.integers(0, 2)) == 0:
        place, said = draw(
            st.sampled_from(
                [(124, 12), (100, 8), (108, 8), (136, 12), (257, 8), (329, 8), (386, 24), (482, 13)]
            )
        )
        value = draw(st.sampled_from([b"\x80" + b"\0" * 7 + b"\xff" * 4, b"\xff" * 12, b"77777777777\0", b"-1\0", b"", b"x", b"00000001000\0", b"\x80" + b"\x7f" * 11]))  # fmt: skip
        block[place : place + said] = value[:said].ljust(said, b"\0")
        block[148:156] = b"%06o\0 " % _checksum(block[:512])
    return bytes(block)


@st.composite
def _records(draw: Draw) -> bytes:
    text = f" {draw(st.sampled_from(PAX_KEYS))}={draw(st.sampled_from(PAX_VALUES))}\n".encode()
    length = len(text) + len(str(len(text)))
    return str(draw(st.sampled_from([length] * 6 + [0, -1, 10**9, int("9" * 20), 5]))).encode() + text


@st.composite
def broken(draw: Draw, content: bytes) -> bytes:
    """Return bytes after what happens to bytes: flips, cuts, holes, splices."""
    changed = bytearray(content)
    kind = draw(st.sampled_from(["flip", "cut", "hole", "splice", "noise"]))
    first, second = (draw(NUMBER) % (len(changed) + 1) for _ in range(2))
    if kind == "flip":
        for place in draw(st.lists(NUMBER, min_size=1, max_size=20)):
            changed[place % len(changed)] ^= 1 << (place >> 29 & 7)
    elif kind == "cut":
        del changed[first:]
    elif kind == "hole":
        del changed[min(first, second) : max(first, second)]
    elif kind == "splice":
        changed[first:first] = changed[second : second + 2000]
    else:
        noise = random.Random(first).randbytes(min(len(changed) - min(first, len(changed)), 500))
        changed[first : first + len(noise)] = noise
    return bytes(changed)


def _tar_member(path: str, content: bytes, kind: bytes) -> bytes:
    header = tarfile.TarInfo(path[:90])
    header.type, header.size = kind, len(content)
    return header.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + content + bytes(-len(content) % 512)


def _checksum(header: bytearray) -> int:
    return sum(header) - sum(header[148:156]) + 8 * ord(" ")


def _places(content: bytes, magic: bytes) -> list[int]:
    found, place = [], content.find(magic)
    while place >= 0 and len(found) < 50:
        found.append(place)
        place = content.find(magic, place + 1)
    return found
