"""Cache: verified archives of node, per user, named by their digests.

What lies here is verified when it comes and again each time before it is used, so a damaged file is only fetched anew. The folder can be deleted.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs

from buildgraph.errors import BuildError

from . import digests

STALE_SECONDS = 24 * 3600  # the temporary file of a download that was killed


def folder() -> Path:
    """Return where this user's verified archives are, by the custom of the system."""
    return platformdirs.user_cache_path("buildgraph", appauthor=False, opinion=False) / "node"


def has(digest: str) -> bool:
    """True if a file of that name is there; whether it is whole is seen when it is used."""
    return (folder() / digests.file_name(digest)).is_file()


def get(digest: str, fetch: Callable[[Path], None], origin: str) -> Path:
    """Return the file with this digest, fetched if it is not here; raise BuildError if other bytes came."""
    path = folder() / digests.file_name(digest)
    if path.is_file() and digests.of_file(path, digest) == digest:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    part = Path(name)
    try:
        fetch(part)
        found = digests.of_file(part, digest)
        if found != digest:
            raise BuildError(
                f"{origin} has the digest '{found}', not the pinned '{digest}'; nothing of it was unpacked or run",
                "",
                "Find out who changed it before you go on.",
            )
        os.replace(part, path)
    except OSError as error:
        raise _unwritable(part, error) from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _sweep(place: Path) -> None:
    for part in place.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()


def _unwritable(path: Path, error: OSError) -> BuildError:
    return BuildError(
        f"cannot write '{path}': {error.strerror}", "", "Free space, or set XDG_CACHE_HOME, and run it again."
    )
