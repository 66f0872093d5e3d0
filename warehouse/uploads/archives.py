"""A look into an uploaded archive, which must be what its name says and safe to unpack.

Archives are read in quarantine. Nothing is unpacked but the metadata.
"""

import json
import re
from pathlib import Path
from typing import Any

from packaging.metadata import RawMetadata, parse_email
from packaging.utils import canonicalize_name, canonicalize_version

from safe_archives import Limits, Member, Refused, opened
from safe_archives import read as read_member
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
    except (UploadRefused, Refused) as refusal:
        return {"refused": refusal.reason}
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
    with opened(path, filename, _limits(has_case="linux" in filename.rpartition("-")[2])) as wheel:
        members = list(wheel)
        found = [member for member in members if METADATA.fullmatch(member.name)]
        if len(found) != 1:
            raise invalid(f"'{filename}' has {len(found)} METADATA files; a wheel has one.")
        if found[0].size_bytes > METADATA_BYTES:
            raise invalid(f"The METADATA of '{filename}' is larger than {METADATA_BYTES} bytes.")
        folder = found[0].name.partition("/")[0]
        return read_member(wheel, found[0], METADATA_BYTES), folder, {member.name for member in members}


def _sdist(path: Path, filename: str) -> Found:
    metadata, folder, members = None, "", set()
    with opened(path, filename, _limits()) as sdist:
        for member in sdist:
            members.add(member.path)
            if _is_package_information(member):
                if metadata is not None:
                    raise invalid("An sdist has one PKG-INFO file in its folder.")
                if member.size_bytes > METADATA_BYTES:
                    raise invalid(f"The PKG-INFO is larger than {METADATA_BYTES} bytes.")
                metadata, folder = read_member(sdist, member, METADATA_BYTES), member.path.split("/")[0]
    if metadata is None:
        raise invalid("An sdist has a PKG-INFO file in its folder.")
    return metadata, folder, members


def _limits(has_case: bool = False) -> Limits:
    return Limits(MEMBERS, UNPACKED_BYTES, METADATA_BYTES, has_case)


def _is_package_information(member: Member) -> bool:
    folders, _, name = member.path.rpartition("/")
    return member.kind == "file" and name == "PKG-INFO" and folders != "" and "/" not in folders
