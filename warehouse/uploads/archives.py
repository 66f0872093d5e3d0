"""A look into an uploaded archive, which must be what its name says and safe to unpack.

Nothing is unpacked. A wheel's members are judged by its directory and only METADATA is read; an sdist is a
stream, whose headers are read up to a limit on what it unpacks to.
"""

import gzip
import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name, canonicalize_version

from warehouse.uploads.distributions import Distribution
from warehouse.uploads.errors import invalid

UNPACKED_BYTES = 1024 * 1024 * 1024  # of an archive; a bomb says more
METADATA_BYTES = 2 * 1024 * 1024
HEADER_BYTES = 1024 * 1024  # of one header of an sdist, which is read into memory
MEMBERS = 50_000
DAMAGES = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def check_archive(path: Path, distribution: Distribution) -> bytes | None:
    """Refuse a broken, bad or dangerous archive; return a wheel's METADATA, None for an sdist."""
    try:
        if distribution.packagetype == "bdist_wheel":
            return _wheel_metadata(path, distribution)
        _check_sdist(path)
    except DAMAGES as error:
        raise invalid(f"'{distribution.filename}' is damaged: {error}.") from None
    return None


def _wheel_metadata(path: Path, distribution: Distribution) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        members = wheel.infolist()
        _check_members([(member.filename, member.file_size) for member in members])
        found = [member for member in members if _is_metadata(member.filename)]
        if len(found) != 1:
            raise invalid(f"'{distribution.filename}' has {len(found)} METADATA files; a wheel has one.")
        if found[0].file_size > METADATA_BYTES:
            raise invalid(f"The METADATA of '{distribution.filename}' is larger than {METADATA_BYTES} bytes.")
        metadata = wheel.read(found[0])
    _check_agreement(metadata, distribution)
    return metadata


def _is_metadata(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 2 and parts[0].endswith(".dist-info") and parts[1] == "METADATA"


def _check_agreement(metadata: bytes, distribution: Distribution) -> None:
    """Refuse a wheel whose METADATA, which installers trust, names something else than the form."""
    raw, _ = parse_email(metadata)
    inside = canonicalize_name(raw.get("name", "")), canonicalize_version(raw.get("version", ""))
    if inside != (distribution.normalized_name, canonicalize_version(distribution.version)):
        raise invalid(f"The METADATA in '{distribution.filename}' is of {inside[0]} {inside[1]}.")


class _Unpacked(gzip.GzipFile):
    """A stream of which nothing large can be read at once; skipping forward is no reading."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= HEADER_BYTES:
            raise tarfile.ReadError("a header is too large")
        return super().read(size)


def _check_sdist(path: Path) -> None:
    members: list[tuple[str, int]] = []
    with _Unpacked(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as sdist:
        for member in sdist:
            members.append((member.name, member.size))
            _check_members(members[-1:])
            if len(members) > MEMBERS or member.offset_data + member.size > UNPACKED_BYTES:
                raise invalid("The archive unpacks to too much.")
    if not any(_is_package_information(name) for name, _ in members):
        raise invalid("An sdist has a PKG-INFO file in its folder.")


def _is_package_information(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return len(parts) == 2 and parts[1] == "PKG-INFO"


def _check_members(members: list[tuple[str, int]]) -> None:
    if len(members) > MEMBERS or sum(size for _, size in members) > UNPACKED_BYTES:
        raise invalid("The archive unpacks to too much.")
    for name, _ in members:
        if name.startswith("/") or "\\" in name or ":" in name[:2] or ".." in name.split("/"):
            raise invalid(f"The archive has a file outside of its folder: '{name}'.")
