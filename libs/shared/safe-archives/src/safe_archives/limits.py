"""The limits of an archive: how much it may have, and whether names that differ in case only are two."""

from collections.abc import Iterable
from dataclasses import dataclass

from safe_archives.refused import Refused


@dataclass(frozen=True)
class Limits:
    """What is more is refused."""

    members: int = 50_000
    unpacked_bytes: int = 1024 * 1024 * 1024  # all members together; a bomb says more
    piece_bytes: int = 2 * 1024 * 1024  # read into memory at once: a header of a tar
    has_case: bool = (
        False  # systems other than Linux may take names for one that differ in case only; said of zips
    )

    def check(self, members: Iterable[tuple[str, int]]) -> None:
        """Refuse members, names with sizes, that are too many or too large, or would be written outside of their folder."""
        members = list(members)
        if len(members) > self.members or sum(size for _, size in members) > self.unpacked_bytes:
            raise Refused("The archive unpacks to too much.")
        for name, size in members:
            if size < 0 or "\0" in name:  # some programs end a name there
                raise Refused(f"The archive is read in more than one way at '{name}'.")
            if name.startswith("/") or "\\" in name or ":" in name[:2] or ".." in name.split("/"):
                raise Refused(f"The archive has a file outside of its folder: '{name}'.")


LIMITS = Limits()
