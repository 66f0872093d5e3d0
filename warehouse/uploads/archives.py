"""A look into an uploaded archive, which must be what its name says and safe to unpack.

Archives are read in quarantine. Nothing is unpacked but the metadata. A wheel's members are judged by its directory; an sdist is a stream, whose
headers are read up to a limit on what it unpacks to.
"""

import gzip
import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.metadata import RawMetadata, parse_email
from packaging.utils import canonicalize_name, canonicalize_version

from warehouse.uploads.distributions import Distribution
from warehouse.uploads.errors import UploadRefused, invalid
from warehouse.uploads.reading import read

UNPACKED_BYTES = 1024 * 1024 * 1024  # of an archive; a bomb says more
METADATA_BYTES = 2 * 1024 * 1024  # of METADATA, PKG-INFO and one header of an sdist: read into memory
MEMBERS = 50_000
DAMAGES = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def check_archive(path: Path, distribution: Distribution) -> None:
    """Refuse a broken, bad or dangerous archive, and a wheel of something else than the form says."""
    _, raw = read_metadata(path, distribution.filename)
    if distribution.packagetype == "bdist_wheel":
        check_agreement(raw, distribution.filename, distribution.name, str(distribution.version))


def read_metadata(path: Path, filename: str) -> tuple[bytes, RawMetadata]:
    """Return a wheel's METADATA or an sdist's PKG-INFO, as it is and parsed; refuse a bad archive."""
    found = read(f"'{filename}'", "warehouse.uploads.archives:look", str(path), filename)
    if "refused" in found:
        raise invalid(found["refused"])
    return found["metadata"].encode("latin-1"), found["raw"]


def look(path: str, filename: str) -> dict[str, Any]:
    """Return what is `refused`, or the `metadata` (a character for each byte) with what it says (`raw`); runs in quarantine."""
    try:
        read_metadata = _wheel_metadata if filename.endswith(".whl") else _sdist_metadata
        metadata = read_metadata(Path(path), filename)
        return {"metadata": metadata.decode("latin-1"), "raw": _said(metadata)}
    except UploadRefused as refusal:
        return {"refused": refusal.reason}
    except DAMAGES as error:
        return {"refused": f"'{filename}' is damaged: {error}."}


def _said(metadata: bytes) -> dict[str, Any]:
    """Return what metadata says; `UNKNOWN` is what old tools say for nothing."""
    return {name: value for name, value in parse_email(metadata)[0].items() if value != "UNKNOWN"}


def check_agreement(raw: RawMetadata, filename: str, name: str, version: str) -> None:
    """Refuse metadata, which installers trust, that names something else than the form did."""
    inside = canonicalize_name(raw.get("name", "")), canonicalize_version(raw.get("version", ""))
    if inside != (canonicalize_name(name), canonicalize_version(version)):
        raise invalid(f"The METADATA in '{filename}' is of {inside[0]} {inside[1]}.")


def _wheel_metadata(path: Path, filename: str) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        members = wheel.infolist()
        _check_members([(member.filename, member.file_size) for member in members])
        found = [member for member in members if _is_metadata(member.filename)]
        if len(found) != 1:
            raise invalid(f"'{filename}' has {len(found)} METADATA files; a wheel has one.")
        if found[0].file_size > METADATA_BYTES:
            raise invalid(f"The METADATA of '{filename}' is larger than {METADATA_BYTES} bytes.")
        return wheel.read(found[0])


def _is_metadata(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] == "METADATA"


class _Unpacked(gzip.GzipFile):
    """A stream of which nothing large can be read at once; skipping forward is no reading."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= METADATA_BYTES:
            raise tarfile.ReadError("a header is too large")
        return super().read(size)


def _sdist_metadata(path: Path, filename: str) -> bytes:
    metadata, count = None, 0
    with _Unpacked(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as sdist:
        for count, member in enumerate(sdist, 1):
            _check_members([(member.name, member.size)])
            if count > MEMBERS or member.offset_data + member.size > UNPACKED_BYTES:
                raise invalid("The archive unpacks to too much.")
            if _is_package_information(member):
                if member.size > METADATA_BYTES:
                    raise invalid(f"The PKG-INFO is larger than {METADATA_BYTES} bytes.")
                file = sdist.extractfile(member)
                assert file is not None  # It is a file.
                metadata = file.read()
    if metadata is None:
        raise invalid("An sdist has a PKG-INFO file in its folder.")
    return metadata


def _is_package_information(member: tarfile.TarInfo) -> bool:
    parts = PurePosixPath(member.name).parts
    return member.isreg() and len(parts) == 2 and parts[1] == "PKG-INFO"


def _check_members(members: list[tuple[str, int]]) -> None:
    if len(members) > MEMBERS or sum(size for _, size in members) > UNPACKED_BYTES:
        raise invalid("The archive unpacks to too much.")
    for name, _ in members:
        if name.startswith("/") or "\\" in name or ":" in name[:2] or ".." in name.split("/"):
            raise invalid(f"The archive has a file outside of its folder: '{name}'.")
