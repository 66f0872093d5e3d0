"""Archives: the source archive of a pin, fetched from where pip finds packages, and compared with its digest before anything else.

pip's own download of an archive runs code of it, to see what it requires; so pip's finder and session are used, which ask the registry and
nothing more. Both are what pip-tools stands on (`PyPIRepository`).
"""

import hashlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.utils import InvalidSdistFilename, parse_sdist_filename
from packaging.version import Version

from buildgraph.errors import BuildError

from .pins import Pin

DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError,
)  # fmt: skip
"""What a damaged, an encrypted or an unknown archive raises (NotImplementedError is a RuntimeError)."""


class Registry:
    """Where pip finds packages, by the configuration of the user."""

    def __init__(self, cache: Path) -> None:
        from piptools.repositories import PyPIRepository

        self._repository = PyPIRepository(["--no-input"], cache_dir=str(cache))

    def fetch(self, pin: Pin) -> tuple[str, bytes]:
        """Return name and content of a pinned archive; raise BuildError if there is none, or if it has another digest."""
        offered = [link for link in self._links(pin) if _is_archive(link.filename, pin)]
        if not offered:
            raise BuildError(
                f"no registry has a source archive of {pin}",
                "",
                "Check pip's configuration, or pin another release.",
            )
        found = ""
        for link in offered:
            # One that says another digest need not be fetched, but for the message.
            content = self._content(link, pin)
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            if digest in pin.digests:
                return link.filename, content
            found = f"'{link.filename}' has the digest '{digest}', which is not locked for {pin}"
        raise BuildError(
            f"{found}; nothing of it was unpacked or run",
            "",
            "Find out who changed it before you go on: the files of a release should never change.",
        )

    def _links(self, pin: Pin) -> Iterator[Any]:
        for candidate in self._repository.finder.find_all_candidates(pin.name):
            if not candidate.link.is_wheel:
                yield candidate.link

    def _content(self, link: Any, pin: Pin) -> bytes:
        try:
            answer = self._repository.session.get(
                link.url_without_fragment, headers={"Accept-Encoding": "identity"}
            )
            answer.raise_for_status()
        except OSError as error:  # what requests raises, too
            hint = "Check the network and pip's configuration, then run the command again."
            raise BuildError(
                f"the archive of {pin} cannot be fetched: {type(error).__name__}", "", hint
            ) from None
        content: bytes = answer.content
        return content


def unpack(name: str, content: bytes, into: Path, pin: Pin) -> Path:
    """Unpack an archive, nothing of it outside the folder, and return its only folder."""
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                packed.extractall(into)  # noqa: S202 (which drops what leads out of the folder)
        else:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(into, filter="data")  # which refuses it
    except DAMAGED as error:
        raise BuildError(
            f"the archive of {pin} cannot be unpacked: {type(error).__name__}",
            "",
            "Pin another release of it.",
        ) from None
    folders = [each for each in into.iterdir() if each.is_dir() and not each.is_symlink()]
    if len(folders) != 1:
        what = f"the archive of {pin} has {len(folders) or 'no'} top folders, and a source archive has one"
        raise BuildError(what, "", "Pin another release of it.")
    return folders[0]


def _is_archive(filename: str, pin: Pin) -> bool:
    try:
        name, version = parse_sdist_filename(filename)
    except InvalidSdistFilename:
        return False
    return name == pin.name and version == Version(pin.version)
