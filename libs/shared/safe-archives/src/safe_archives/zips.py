"""Wheels and zips: the directory at the end says what is there, and nothing may say otherwise (`layout`, `names`)."""

import stat
import zipfile
from collections.abc import Iterator
from typing import IO

from safe_archives.layout import ENCRYPTED, check_layout
from safe_archives.limits import Limits
from safe_archives.members import Kind, Member
from safe_archives.names import check_below, check_twins
from safe_archives.refused import parsing

READ_BYTES = 4096  # at a time: what bzip2 and LZMA make of it fits into memory


class Zip:
    """An open zip, all of whose members were checked."""

    def __init__(self, content: IO[bytes], filename: str, limits: Limits) -> None:
        self._filename = filename
        with parsing(filename):
            self._zip = zipfile.ZipFile(content)
            members = self._zip.infolist()
            limits.check((member.filename, member.file_size) for member in members)
            check_layout(self._zip, content)
        found = list(self)
        check_twins(((each.name, each.path) for each in found), limits.has_case)
        check_below((each.path, each.kind == "folder") for each in found)

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
