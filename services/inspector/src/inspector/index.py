"""The index, by its JSON API: the releases of a project, and the files of a release. What it says is checked before it is shown."""

import json
import re
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name, canonicalize_version

from inspector.errors import NotShown
from inspector.fetching import Missing, fetch
from inspector.settings import Settings, origin_of

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,199}")
FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}")
SHA256 = re.compile(r"[0-9a-f]{64}")
ADDRESS = re.compile(r"[!-~]{1,2000}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST = 1 << 63  # bytes; Python writes no number of thousands of digits
ODD = "The index cannot be understood: it says {}."


@dataclass(frozen=True)
class File:
    """A file, as the index says it."""

    filename: str
    size_bytes: int
    sha256: str
    address: str
    day: str  # of its upload; "" if nobody knows
    is_yanked: bool


class Index:
    """An index that is asked for each page, so that what it deletes or yanks is so here, too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def releases(self, name: str) -> dict[str, int]:
        """Return the number of files of each version of a project, the newest first."""
        said = self._ask(f"/pypi/{name}/json", f"There is no project '{name}'.", name)
        releases = said.get("releases")
        if not isinstance(releases, dict) or not all(VERSION.fullmatch(version) for version in releases):
            raise NotShown(502, ODD.format("no releases"))
        return {version: len(_list(files)) for version, files in reversed(releases.items())}

    def release(self, name: str, version: str) -> tuple[str, list[File]]:
        """Return a version as the index spells it, and its files."""
        said = self._ask(f"/pypi/{name}/{version}/json", f"There is no release {version} of '{name}'.", name)
        spelled = said["info"].get("version")
        if not isinstance(spelled, str) or not VERSION.fullmatch(spelled):
            raise NotShown(502, ODD.format("no version"))
        if canonicalize_version(spelled) != canonicalize_version(version):
            raise NotShown(502, ODD.format(f"something of version {spelled}, which is another one"))
        return spelled, [self._file(each) for each in _list(said.get("urls"))]

    def _ask(self, path: str, missing: str, name: str) -> dict[str, Any]:
        limits, address = self._settings.limits, f"{self._settings.index}{path}"
        try:
            said = json.loads(
                b"".join(fetch(address, limits.document_bytes, limits.document_seconds, limits))
            )
        except Missing:
            raise NotShown(404, missing) from None
        except (ValueError, RecursionError) as error:
            raise NotShown(502, ODD.format("what is not JSON")) from error
        info = said.get("info") if isinstance(said, dict) else None
        named = info.get("name") if isinstance(info, dict) else None
        if not isinstance(named, str) or canonicalize_name(named) != name:
            raise NotShown(502, ODD.format("nothing of this project"))
        return said

    def _file(self, said: Any) -> File:
        said = said if isinstance(said, dict) else {}
        digests = said.get("digests")
        sha256 = digests.get("sha256") if isinstance(digests, dict) else None
        filename, size, address = said.get("filename"), said.get("size"), said.get("url")
        day = DAY.match(str(said.get("upload_time_iso_8601")))
        if not isinstance(filename, str) or not FILENAME.fullmatch(filename):
            raise NotShown(502, ODD.format("a file without a proper name"))
        if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
            raise NotShown(502, ODD.format(f"no SHA-256 digest of {filename}"))
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise NotShown(502, ODD.format(f"no address of {filename}"))
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < LARGEST:
            raise NotShown(502, ODD.format(f"no size of {filename}"))
        return File(filename, size, sha256, address, day[0] if day else "", said.get("yanked") is True)


def check_place(file: File, settings: Settings) -> None:
    """Refuse a file of another origin than those that were agreed on, and one that is too large."""
    try:
        is_ours = origin_of(file.address) in settings.files
    except ValueError:
        is_ours = False
    if not is_ours:
        raise NotShown(
            502, f"The index says that {file.filename} is at another origin; it is not fetched from there."
        )
    limits = settings.limits
    if file.size_bytes > limits.file_bytes:
        raise NotShown(
            422, f"The file is larger than {limits.file_bytes:,} bytes. Download it to look into it."
        )


def _list(said: Any) -> list[Any]:
    if not isinstance(said, list):
        raise NotShown(502, ODD.format("no list of files"))
    return said
