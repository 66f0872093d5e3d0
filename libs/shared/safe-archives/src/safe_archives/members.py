"""What is in an archive, and what an archive is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, Protocol

from safe_archives.refused import Refused

Kind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True)
class Member:
    """A member, as the archive says it. Names may hold any character; those of a tar that are not UTF-8 have surrogates."""

    name: str
    size_bytes: int  # unpacked, as its header says
    kind: Kind = "file"
    target: str = (
        ""  # of a link in a tar, which leads to something in the same archive; in a zip it is the content
    )
    is_encrypted: bool = False
    entry: Any = field(default=None, repr=False, compare=False)  # of the library that parsed it

    @property
    def path(self) -> str:
        """Where it is unpacked: without '.', and one slash between two names."""
        return str(PurePosixPath(self.name))


class Archive(Protocol):
    """An open archive."""

    def __iter__(self) -> Iterator[Member]:
        """Yield the members in their order, each after it was checked; at the end the archive was checked as a whole."""

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the content of a member; it may be less than the header says, and is never more."""


def read(archive: Archive, member: Member, most_bytes: int) -> bytes:
    """Return the whole content of a member, or refuse one that is larger."""
    if member.size_bytes > most_bytes:
        raise Refused(f"'{member.name}' is larger than {most_bytes} bytes.")
    return b"".join(archive.pieces(member))
