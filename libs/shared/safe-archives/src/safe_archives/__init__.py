"""Safe archives: what is in a wheel or an sdist, without unpacking it, and within limits.

    with opened(path, "sample-1.0-py3-none-any.whl") as archive:
        for member in archive:
            print(member.path, member.size_bytes)

What is damaged, ambiguous, too much or leads out of its folder is `Refused`, with a sentence that says why. The parsers
are Python's own, which may need much time and memory for what is hostile: have them run in a process that has limits of both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safe_archives.limits import LIMITS, Limits
from safe_archives.members import Archive, Kind, Member, read
from safe_archives.refused import Refused
from safe_archives.tars import Tar
from safe_archives.zips import Zip

__all__ = ["KINDS", "LIMITS", "Archive", "Kind", "Limits", "Member", "Refused", "opened", "read"]

KINDS: dict[str, type[Zip] | type[Tar]] = {".whl": Zip, ".zip": Zip, ".tar.gz": Tar}


@contextmanager
def opened(path: Path, filename: str, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open the archive at a path, of the kind that its file name says; the name stands in the sentences of refusals.

    The members of a zip are checked before anything is returned, those of a tar while it is iterated.
    """
    kinds = [kind for ending, kind in KINDS.items() if filename.endswith(ending)]
    if not kinds:
        raise Refused(f"'{filename}' is not of a known kind: {', '.join(KINDS)}.")
    with path.open("rb") as content:
        yield kinds[0](content, filename, limits)
