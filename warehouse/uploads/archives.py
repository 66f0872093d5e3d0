"""A look into an uploaded archive, which must be what its name says and safe to unpack.

Archives are read in quarantine. Nothing is unpacked but the metadata. A wheel's members are judged by its directory; an sdist is a stream, whose
headers are read up to a limit on what it unpacks to.
"""

import gzip
import json
import posixpath
import re
import struct
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Any

from packaging.metadata import RawMetadata, parse_email
from packaging.utils import canonicalize_name, canonicalize_version

from warehouse.uploads.distributions import Distribution
from warehouse.uploads.errors import UploadRefused, invalid
from warehouse.uploads.faults import DEPENDENCIES, faults
from warehouse.uploads.reading import read

UNPACKED_BYTES = 1024 * 1024 * 1024  # of an archive; a bomb says more
READ_BYTES = 32 * 1024 * 1024  # of a file have a second more, or no large one could be read
METADATA_BYTES = 2 * 1024 * 1024  # of METADATA, PKG-INFO and one header of an sdist: read into memory
MEMBERS = 50_000
INFO = ".dist-info"
METADATA = re.compile(r"[^/]*\.dist-info/METADATA")
Found = tuple[bytes, str, set[str]]  # the metadata, the folder that it is in, the names of all members


def check_archive(path: Path, distribution: Distribution) -> None:
    """Refuse a broken, bad or dangerous archive, and one of something else than the form says."""
    found = _look(path, distribution.filename)
    check_agreement(found["raw"], distribution.filename, distribution.name, str(distribution.version))
    if found["problems"]:
        raise invalid(f"'{distribution.filename}' {found['problems'][0]}.")


def read_metadata(path: Path, filename: str) -> tuple[bytes, RawMetadata]:
    """Return a wheel's METADATA or an sdist's PKG-INFO, as it is and parsed; refuse a bad archive."""
    found = _look(path, filename)
    return found["metadata"].encode("latin-1"), found["raw"]


def _look(path: Path, filename: str) -> dict[str, Any]:
    look, seconds = "warehouse.uploads.archives:look", path.stat().st_size / READ_BYTES
    found = read(f"'{filename}'", look, str(path), filename, more_seconds=seconds)
    if "refused" in found:
        raise invalid(found["refused"])
    return found


def look(path: str, filename: str) -> dict[str, Any]:
    """Return what is `refused`, or the `metadata` (a character for each byte) with what it says (`raw`); runs in quarantine.

    The `problems` are what no new file may have.
    """
    try:
        metadata, folder, members = (_wheel if filename.endswith(".whl") else _sdist)(Path(path), filename)
    except UploadRefused as refusal:
        return {"refused": refusal.reason}
    except MemoryError:
        raise
    except Exception as error:  # there is nothing that a parser of hostile bytes may not raise
        return {"refused": f"'{filename}' is damaged: {error}."}
    raw = _said(metadata)
    judge = _not_installed if filename.endswith(".whl") else _misplaced
    problems = _lacking(raw, folder, members) + judge(raw, folder, members, filename)
    return {"metadata": metadata.decode("latin-1"), "raw": raw, "problems": problems}


def _lacking(raw: dict[str, Any], folder: str, members: set[str]) -> list[str]:
    """Name the license files that metadata of version 2.4 and later has to have with it (PEP 639)."""
    if _version_of(raw) < (2, 4):
        return []
    place = f"{folder}/licenses" if folder.endswith(INFO) else folder
    names = raw.get("license_files", [])
    return [f"lacks the license file '{name}'" for name in names if f"{place}/{name}" not in members]


def _not_installed(raw: dict[str, Any], folder: str, members: set[str], filename: str) -> list[str]:
    """Say why installers would refuse a wheel."""
    problems = []
    if _identity(folder.removesuffix(INFO)) != _identity("-".join(filename.split("-")[:2])):
        problems.append(f"has its metadata in '{folder}', which is of something else")
    if _version_of(raw) >= (3,):
        problems.append(f"has metadata of version '{raw['metadata_version']}', which nobody knows")
    found = faults(json.dumps(raw))
    problems += [f"has wrong metadata: {found[name]}" for name in DEPENDENCIES if name in found]
    needed = [f"{folder}/{name}" for name in ("WHEEL", "RECORD")]
    return problems + [f"lacks '{name}'" for name in needed if name not in members]


def _misplaced(raw: dict[str, Any], folder: str, members: set[str], filename: str) -> list[str]:
    """Say what an sdist has beside its folder, and whether that is of something else (PEP 625; older tools had no rule)."""
    beside = [name for name in sorted(members) if name.split("/")[0] not in (folder, ".")]
    if _version_of(raw) >= (2, 2) and _identity(folder) != _identity(filename.removesuffix(".tar.gz")):
        return [f"has its files in '{folder}', which is of something else"]
    return [f"has '{name}' beside its folder '{folder}'" for name in beside[:1]]


def _identity(text: str) -> tuple[str, str]:
    """Return the name and the version in `name-version`, however both are spelled."""
    name, _, version = text[:400].rpartition("-")  # Python refuses to read a number of thousands of digits
    return canonicalize_name(name), canonicalize_version(version)


def _version_of(raw: dict[str, Any]) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]{1,9}", raw.get("metadata_version", ""))))


def _said(metadata: bytes) -> dict[str, Any]:
    """Return what metadata says; `UNKNOWN` is what old tools say for nothing."""
    return {name: value for name, value in parse_email(metadata)[0].items() if value != "UNKNOWN"}


def check_agreement(raw: RawMetadata, filename: str, name: str, version: str) -> None:
    """Refuse metadata, which installers trust, that names something else than the form did."""
    inside = canonicalize_name(raw.get("name", "")), canonicalize_version(raw.get("version", ""))
    if inside != (canonicalize_name(name), canonicalize_version(version)):
        raise invalid(f"The metadata in '{filename}' is of {' '.join(inside).strip() or 'nothing'}.")


def _wheel(path: Path, filename: str) -> Found:
    with zipfile.ZipFile(path) as wheel, path.open("rb") as content:
        members = wheel.infolist()
        _check_members([(member.filename, member.file_size) for member in members])
        content.seek(-22 - len(wheel.comment), 2)  # APPNOTE.TXT 4.3.16: the end, with its comment
        if content.read(4) != b"PK\5\6":
            raise invalid("The archive has something behind its end.")
        _check_places(members, content, "linux" in filename.rpartition("-")[2])
        found = [member for member in members if METADATA.fullmatch(member.filename)]
        if len(found) != 1:
            raise invalid(f"'{filename}' has {len(found)} METADATA files; a wheel has one.")
        if found[0].file_size > METADATA_BYTES:
            raise invalid(f"The METADATA of '{filename}' is larger than {METADATA_BYTES} bytes.")
        folder = found[0].filename.partition("/")[0]
        return wheel.read(found[0]), folder, {member.filename for member in members}


def _check_places(members: list[zipfile.ZipInfo], content: IO[bytes], has_case: bool) -> None:
    """Refuse a wheel that another program reads in another way: by its local headers, or from its first byte on.

    Systems other than Linux may take names for one that differ in case only.
    """
    end, names = 0, set()
    for member in sorted(members, key=lambda each: each.header_offset):
        content.seek(member.header_offset)
        header = content.read(30)  # APPNOTE.TXT 4.3.7: the last two numbers are the lengths of name and extra
        length, extra = struct.unpack("<HH", header[26:])
        name = content.read(length).decode("utf-8" if member.flag_bits & 0x800 else "cp437")
        if (
            member.header_offset < end
            or (end == 0 and member.header_offset)
            or (unique := name if has_case else name.lower()) in names
            or name != member.filename
        ):
            raise invalid(f"The archive is read in more than one way at '{member.filename}'.")
        names.add(unique)
        end = member.header_offset + 30 + length + extra + member.compress_size


class _Unpacked(gzip.GzipFile):
    """A stream of which nothing large can be read at once; skipping forward is no reading. It keeps what was read last."""

    last = b""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= METADATA_BYTES:
            raise tarfile.ReadError("a header is too large")
        self.last = super().read(size)
        return self.last


def _sdist(path: Path, filename: str) -> Found:
    metadata, folder, members = None, "", set()
    with _Unpacked(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as sdist:
        for count, member in enumerate(sdist, 1):
            _check_members([(member.name, member.size)])
            members.add(str(PurePosixPath(member.name)))
            if count > MEMBERS or member.offset_data + member.size > UNPACKED_BYTES:
                raise invalid("The archive unpacks to too much.")
            if member.isdev() or ((member.issym() or member.islnk()) and not _leads_inside(member)):
                raise invalid(f"The archive has a file that is no file of its folder: '{member.name}'.")
            if _is_package_information(member):
                if metadata is not None:
                    raise invalid("An sdist has one PKG-INFO file in its folder.")
                if member.size > METADATA_BYTES:
                    raise invalid(f"The PKG-INFO is larger than {METADATA_BYTES} bytes.")
                file = sdist.extractfile(member)
                assert file is not None  # It is a file.
                metadata, folder = file.read(), PurePosixPath(member.name).parts[0]
        while unpacked.last:  # at first what tarfile took for the end: zeros, or no header
            if unpacked.last.count(0) != len(unpacked.last):
                raise invalid("The archive has something behind its end.")
            unpacked.read(METADATA_BYTES)
    if metadata is None:
        raise invalid("An sdist has a PKG-INFO file in its folder.")
    return metadata, folder, members


def _leads_inside(link: tarfile.TarInfo) -> bool:
    """Tell whether a link leads to something in the archive's folder; hard links are named from the top."""
    start = posixpath.dirname(link.name) if link.issym() else ""
    target = posixpath.normpath(posixpath.join(start, link.linkname))
    return "\\" not in target and target.split("/")[0] == posixpath.normpath(link.name).split("/")[0]


def _is_package_information(member: tarfile.TarInfo) -> bool:
    parts = PurePosixPath(member.name).parts
    return member.isreg() and len(parts) == 2 and parts[1] == "PKG-INFO"


def _check_members(members: list[tuple[str, int]]) -> None:
    if len(members) > MEMBERS or sum(size for _, size in members) > UNPACKED_BYTES:
        raise invalid("The archive unpacks to too much.")
    for name, _ in members:
        if name.startswith("/") or "\\" in name or ":" in name[:2] or ".." in name.split("/"):
            raise invalid(f"The archive has a file outside of its folder: '{name}'.")
