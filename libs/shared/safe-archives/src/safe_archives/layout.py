"""The layout of a zip: each of its bytes is a member's or the directory's, and local headers say what the directory says.

Some programs go by the directory, others by the local headers, from the first byte on (uv does so while it downloads). What lies
between members, and what a local header says otherwise, is another archive to the second kind.
"""

import struct
import zipfile
from typing import IO, NoReturn

from safe_archives.refused import Refused

LOCAL = struct.Struct("<4sHHHHHLLLHH")  # APPNOTE.TXT 4.3.7
END = struct.Struct("<4sHHHHLLH")  # 4.3.16
LOCATOR = struct.Struct("<4sLQL")  # 4.3.15
WIDE_END = struct.Struct("<4sQHHLLQQQQ")  # 4.3.14
ENCRYPTED, DESCRIBED, UTF8 = 0x1, 0x8, 0x800  # 4.4.4
WIDE, RENAMED = 0x1, 0x7075  # extra fields: sizes of 64 bits, and another name (4.5.3, 4.6.9)
ELSEWHERE = (0xFFFF, 0xFFFFFFFF)  # what is said in 64 bits


def check_layout(archive: zipfile.ZipFile, content: IO[bytes]) -> None:
    """Refuse a zip of which another program could read something else."""
    place = content.seek(-END.size - len(archive.comment), 2)
    if content.read(4) != b"PK\5\6":
        raise Refused("The archive has something behind its end.")
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    following = [*(member.header_offset for member in members[1:]), archive.start_dir]
    end = 0
    for member, start in zip(members, following, strict=False):
        if member.header_offset != end:
            _refuse(member)
        end = _checked(member, start, content)
    if end != archive.start_dir:
        raise Refused("The archive has something before its directory.")
    _check_end(archive, content, place, len(members))


def _checked(member: zipfile.ZipInfo, following: int, content: IO[bytes]) -> int:
    """Return where a member ends, if its local header says what the directory says."""
    content.seek(member.header_offset)
    _, _, flags, method, _, _, crc, packed, unpacked, length, more = LOCAL.unpack(content.read(LOCAL.size))
    name, extra = content.read(length), _fields(content.read(more))
    size, compressed = _sizes(unpacked, packed, extra)
    true = (member.CRC, member.compress_size, member.file_size)
    is_described = member.flag_bits & DESCRIBED  # the numbers are behind the content, and zeros before it
    if (
        (flags ^ member.flag_bits) & (ENCRYPTED | DESCRIBED | UTF8)
        or method != member.compress_type
        or name.decode("utf-8" if flags & UTF8 else "cp437") != member.filename
        or any(other[5:] != name for kind, other in [*extra, *_fields(member.extra)] if kind == RENAMED)
        or any(
            said != number and not (is_described and said == 0)
            for said, number in zip((crc, compressed, size), true, strict=True)
        )
    ):
        _refuse(member)
    end = member.header_offset + LOCAL.size + length + more + member.compress_size
    if is_described:
        content.seek(end)
        if content.read(following - end if end <= following else 0) not in _descriptors(*true):
            _refuse(member)
        end = following
    return end


def _fields(extra: bytes) -> list[tuple[int, bytes]]:
    """Return the extra fields, each with its kind (4.5.1)."""
    found, place = [], 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        found.append((kind, extra[place + 4 : place + 4 + length]))
        place += 4 + length
    return found


def _sizes(unpacked: int, packed: int, extra: list[tuple[int, bytes]]) -> tuple[int, int]:
    """Return the sizes of a local header, which an extra field may hold."""
    fields = [data for kind, data in extra if kind == WIDE]
    if len(fields) == 1 and ELSEWHERE[1] in (unpacked, packed):
        wide = iter(struct.unpack(f"<{len(fields[0]) // 8}Q", fields[0][: len(fields[0]) // 8 * 8]))
        unpacked = next(wide, unpacked) if unpacked == ELSEWHERE[1] else unpacked
        packed = next(wide, packed) if packed == ELSEWHERE[1] else packed
    return unpacked, packed


def _descriptors(crc: int, packed: int, unpacked: int) -> list[bytes]:
    """Return what may stand behind a content (4.3.9): with a signature or not, in 32 bits or 64."""
    narrow = [] if max(packed, unpacked) > ELSEWHERE[1] else [struct.pack("<LLL", crc, packed, unpacked)]
    both = [*narrow, struct.pack("<LQQ", crc, packed, unpacked)]
    return both + [b"PK\7\x08" + numbers for numbers in both]


def _check_end(archive: zipfile.ZipFile, content: IO[bytes], place: int, count: int) -> None:
    """Refuse a zip that says another number of members, or another place of its directory, than is read."""
    content.seek(place)
    _, *said, _ = END.unpack(content.read(END.size))
    content.seek(max(place - LOCATOR.size, 0))
    locator = content.read(LOCATOR.size)
    is_wide = locator.startswith(b"PK\6\7")
    wide_place = place - LOCATOR.size - WIDE_END.size
    size = (wide_place if is_wide else place) - archive.start_dir
    true = [0, 0, count, count, size, archive.start_dir]
    wrong = any(a != b and not (is_wide and a in ELSEWHERE) for a, b in zip(said, true, strict=True))
    if is_wide and not wrong:
        content.seek(wide_place)
        wide_signature, _, _, _, *wide = WIDE_END.unpack(content.read(WIDE_END.size))
        _, disk, where, _ = LOCATOR.unpack(locator)
        wrong = wide_signature != b"PK\6\6" or wide != true or (disk, where) != (0, wide_place)
    if wrong:
        raise Refused("The archive is read in more than one way at its end.")


def _refuse(member: zipfile.ZipInfo) -> NoReturn:
    raise Refused(f"The archive is read in more than one way at '{member.filename}'.")
