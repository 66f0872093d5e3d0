"""The file store: a folder in which every file lies under its own digest and never changes.

A file arrives under a temporary name in `incoming/`, is flushed to the disk, and is renamed to its place, so
that a place holds either a whole file or none. `incoming/` is in the same folder because a rename must not
cross disks.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

CHUNK_BYTES = 1 << 20
METADATA_SUFFIX = ".metadata"  # of the core metadata beside a wheel (PEP 658)


@dataclass(frozen=True)
class Incoming:
    """A file that has arrived and has no place yet; digests are hexadecimal."""

    path: Path
    size_bytes: int
    md5: str
    sha256: str
    blake2_256: str


@dataclass(frozen=True)
class Storage:
    """The folder of uploaded files."""

    root: Path

    @contextmanager
    def receive(self, content: IO[bytes]) -> Iterator[Incoming]:
        """Yield the content as a file with its digests; it is gone afterwards unless `keep` moved it."""
        arrivals = self.root / "incoming"
        arrivals.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=arrivals, delete=False) as target:
            try:
                digests = _copy(content, target)
                target.close()
                yield Incoming(Path(target.name), Path(target.name).stat().st_size, **digests)
            finally:
                target.close()
                Path(target.name).unlink(missing_ok=True)

    def keep(self, incoming: Incoming, path: str) -> None:
        """Move a file that has arrived to its place."""
        target = self.locate(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming.path.replace(target)

    def write(self, content: bytes, path: str) -> None:
        """Write a small file to its place, whole or not at all; what a power failure may take is not waited for."""
        target = self.locate(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
        temporary.write_bytes(content)
        temporary.replace(target)

    def discard(self, path: str) -> None:
        """Remove a file; an absent one is no error. Its folder stays for `sweep`: another file may be on its way there."""
        self.locate(path).unlink(missing_ok=True)

    def sweep(self, known: set[str], before: float) -> list[int]:
        """Remove what is older than a time (seconds since 1970) and not known; return the sizes of files in bytes.

        Folders go that have been empty for as long. A file is moved aside first, and looked at again: what has come to its place meanwhile is put back.
        """
        arrivals = self.root / "incoming"
        arrivals.mkdir(parents=True, exist_ok=True)
        aside, sizes = arrivals / f"swept.{os.getpid()}", []
        for folder, _, names in os.walk(self.root, topdown=False):
            for path in (Path(folder, name) for name in names):
                place = path.relative_to(self.root).as_posix()
                with suppress(FileNotFoundError):  # it has found its place, or was removed
                    if place in known or path.stat().st_mtime >= before:
                        continue
                    path.replace(aside)
                    status = aside.stat()
                    if status.st_mtime >= before:
                        aside.replace(path)
                        continue
                    sizes.append(status.st_size)
                    aside.unlink()
            with suppress(OSError):  # not empty
                if Path(folder) not in (self.root, arrivals) and Path(folder).stat().st_mtime < before:
                    Path(folder).rmdir()
        return sizes

    def locate(self, path: str) -> Path:
        """Return where a file of the store lies."""
        return self.root.joinpath(*path.split("/"))


def place_of(sha256: str, filename: str) -> str:
    """Return the path of a file within the store, the same in URLs."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256[4:]}/{filename}"


def _copy(content: IO[bytes], target: IO[bytes]) -> dict[str, str]:
    md5 = hashlib.md5(usedforsecurity=False)
    sha256 = hashlib.sha256()
    blake2_256 = hashlib.blake2b(digest_size=32)
    while chunk := content.read(CHUNK_BYTES):
        target.write(chunk)
        for digest in (md5, sha256, blake2_256):
            digest.update(chunk)
    target.flush()
    os.fsync(target.fileno())
    return {"md5": md5.hexdigest(), "sha256": sha256.hexdigest(), "blake2_256": blake2_256.hexdigest()}
