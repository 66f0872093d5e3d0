"""Wheels and zips: the directory at the end says what is there, and nothing may say otherwise.

Other programs go by the local headers, from the first byte on: an archive that they read in another way is refused, and
with that members which overlap, as bombs have them that unpack to petabytes, and what stands before the first of them.
"""

import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from safe_archives.limits import Limits
from safe_archives.members import Kind, Member
from safe_archives.refused import Refused, parsing

READ_BYTES = 4096  # at a time: what bzip2 and LZMA make of it fits into memory
END_BYTES = 22
ENCRYPTED, UTF8 = 0x1, 0x800  # APPNOTE.TXT 4.4.4


class Zip:
    """An open zip, all of whose members were checked."""

    def __init__(self, content: IO[bytes], filename: str, limits: Limits) -> None:
        self._filename = filename
        with parsing(filename):
            self._zip = zipfile.ZipFile(content)
            members = self._zip.infolist()
            limits.check((member.filename, member.file_size) for member in members)
            content.seek(
                -END_BYTES - len(self._zip.comment), 2
            )  # APPNOTE.TXT 4.3.16: the end, with its comment
            if content.read(4) != b"PK\5\6":
                raise Refused("The archive has something behind its end.")
            _check_places(members, content, limits.has_case)

    def __iter__(self) -> Iterator[Member]:
        for entry in self._zip.infolist():
            encrypted = bool(entry.flag_bits & ENCRYPTED)
            yield Member(entry.filename, entry.file_size, _kind(entry), "", encrypted, entry)

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the content of a member."""
        with parsing(self._filename), self._zip.open(member.entry) as file:
            while piece := file.read(READ_BYTES):
                yield piece


def _kind(entry: zipfile.ZipInfo) -> Kind:
    if entry.filename.endswith("/"):  # is_dir() of older Pythons fails for a member without a name
        return "folder"
    return "link" if stat.S_ISLNK(entry.external_attr >> 16) else "file"


def _check_places(members: list[zipfile.ZipInfo], content: IO[bytes], has_case: bool) -> None:
    """Refuse what another program reads in another way: by its local headers, or from its first byte on."""
    end, names = 0, set()
    for member in sorted(members, key=lambda each: each.header_offset):
        content.seek(member.header_offset)
        header = content.read(30)  # APPNOTE.TXT 4.3.7: the last two numbers are the lengths of name and extra
        length, extra = struct.unpack("<HH", header[26:])
        name = content.read(length).decode("utf-8" if member.flag_bits & UTF8 else "cp437")
        if (
            member.header_offset < end
            or (end == 0 and member.header_offset)
            or (unique := name if has_case else name.lower()) in names
            or name != member.filename
        ):
            raise Refused(f"The archive is read in more than one way at '{member.filename}'.")
        names.add(unique)
        end = member.header_offset + 30 + length + extra + member.compress_size
