"""Sdists and tar.gz: a stream, whose headers are read up to a limit on what it unpacks to."""

import gzip
import posixpath
import tarfile
from collections.abc import Iterator
from itertools import dropwhile
from typing import IO

from safe_archives.limits import Limits
from safe_archives.members import Kind, Member
from safe_archives.names import check_below
from safe_archives.refused import Refused, parsing

READ_BYTES = 64 * 1024  # at a time


class _Unpacked(gzip.GzipFile):
    """A stream of which nothing large can be read at once; skipping forward is not reading. It keeps what was read last."""

    last = b""
    most_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= self.most_bytes:
            raise tarfile.ReadError("a header is too large")
        self.last = super().read(size)
        return self.last


class Tar:
    """An open tar.gz, whose members are checked when they are reached."""

    def __init__(self, content: IO[bytes], filename: str, limits: Limits) -> None:
        self._filename, self._limits = filename, limits
        with parsing(filename):
            self._unpacked = _Unpacked(fileobj=content, mode="rb")
            self._unpacked.most_bytes = limits.piece_bytes
            self._tar = tarfile.TarFile(fileobj=self._unpacked)

    def __iter__(self) -> Iterator[Member]:
        paths = []
        with parsing(self._filename):
            for count, entry in enumerate(self._tar, 1):
                self._check(entry, count)
                member = Member(entry.name, entry.size, _kind(entry), entry.linkname, False, entry)
                paths.append((member.path, member.kind == "folder"))
                yield member
            check_below(paths)
            while self._unpacked.last:  # at first what tarfile took for the end: zeros, or no header
                if self._unpacked.last.count(0) != len(self._unpacked.last):
                    raise Refused("The archive has something behind its end.")
                if self._unpacked.tell() > self._limits.unpacked_bytes:
                    raise Refused("The archive unpacks to too much.")
                self._unpacked.read(self._limits.piece_bytes)

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the content of a member, none for what is not a file; a tar is read from its start for one that is past."""
        if member.kind != "file":
            return
        with parsing(self._filename):
            file = self._tar.extractfile(member.entry)
            assert file is not None  # It is a file.
            while piece := file.read(READ_BYTES):
                yield piece

    def _check(self, entry: tarfile.TarInfo, count: int) -> None:
        self._limits.check([(entry.name, entry.size)])
        size = entry.pax_headers.get("size", "0")
        if not (size.isascii() and size.isdigit()):  # int() takes more, such as "1_0"
            raise Refused(f"The archive is read in more than one way at '{entry.name}'.")
        if count > self._limits.members or entry.offset_data + entry.size > self._limits.unpacked_bytes:
            raise Refused("The archive unpacks to too much.")
        if entry.isdev() or ((entry.issym() or entry.islnk()) and not _leads_inside(entry)):
            raise Refused(f"The archive has a file that is no file of its folder: '{entry.name}'.")


def _kind(entry: tarfile.TarInfo) -> Kind:
    if entry.isdir():
        return "folder"
    if entry.issym() or entry.islnk():
        return "link"
    return "file" if entry.isreg() else "other"


def _leads_inside(link: tarfile.TarInfo) -> bool:
    """Tell whether a link leads to something in the archive's folder; hard links are named from the top.

    Behind a name, which may be that of another link, ".." is not read: it leads to the folder above of where that one leads.
    """
    names = dropwhile("..".__eq__, (name for name in link.linkname.split("/") if name not in ("", ".")))
    if ".." in names:
        return False
    start = posixpath.dirname(link.name) if link.issym() else ""
    target = posixpath.normpath(posixpath.join(start, link.linkname))
    return "\\" not in target and target.split("/")[0] == posixpath.normpath(link.name).split("/")[0]
