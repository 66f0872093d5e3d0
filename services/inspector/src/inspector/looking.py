"""Looking into a file: fetched if it is not here, compared with its digest before a byte is parsed, and read in quarantine."""

import hashlib
from pathlib import Path
from typing import Any

from inspector.cache import Cache
from inspector.errors import NotShown
from inspector.fetching import Missing, fetch
from inspector.index import File, check_place
from inspector.refusals import Refusals
from inspector.settings import Settings
from quarantine import Busy, Limits, Quarantine, TooMuch
from safe_archives import KINDS

LIMITS = Limits(cpu_seconds=3)
READ_BYTES = 32 * 1024 * 1024  # of a file have a second more


class Looking:
    """Files of an index, kept in a folder while others are not wanted more."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._cache = Cache(folder, settings.limits.cache_bytes)
        self._quarantine = Quarantine(LIMITS)
        self._refusals = Refusals()

    def members(self, file: File, folder: str, page: int) -> dict[str, Any]:
        """Return a page of what is in a file, below a folder."""
        found = self._ask("members", file, folder, str(page))
        if page > found["pages"]:
            raise NotShown(404, "There is no such page.")
        return found

    def member(self, file: File, address: str) -> dict[str, Any]:
        """Return what is shown of a member, whose address is percent-encoded."""
        return self._ask("member", file, address)

    def content(self, file: File, address: str) -> dict[str, Any]:
        """Return the content of a member, if it is small enough to be handed out."""
        return self._ask("content", file, address)

    def close(self) -> None:
        """End the processes that read."""
        self._quarantine.close()

    def _ask(self, function: str, file: File, *arguments: str) -> dict[str, Any]:
        if not file.filename.endswith(tuple(KINDS)):
            raise NotShown(422, f"Only files of these kinds are looked into: {', '.join(KINDS)}.")
        check_place(file, self._settings)
        with (
            self._refusals.watched(_called(file)),
            self._cache.lent(file.sha256, lambda path: self._fetch(file, path)) as path,
        ):
            seconds = path.stat().st_size / READ_BYTES
            question = (f"inspector.reading:{function}", str(path), file.filename, *arguments)
            try:
                found: dict[str, Any] = self._quarantine.ask(*question, more_seconds=seconds)
            except TooMuch:
                raise NotShown(422, "The file needs too much time or memory to be looked into.") from None
            except Busy:
                raise NotShown(503, "Too many files are looked into at once. Try again later.") from None
        if "refused" in found:
            raise NotShown(422, f"The file is not shown. {found['refused']}")
        if "missing" in found:
            raise NotShown(404, "There is nothing of this name in this file.")
        return found

    def _fetch(self, file: File, path: Path) -> None:
        self._refusals.check(_called(file))
        digest, limits = hashlib.sha256(), self._settings.limits
        try:
            with path.open("wb") as content:
                for piece in fetch(file.address, file.size_bytes, limits.file_seconds, limits):
                    digest.update(piece)
                    content.write(piece)
        except Missing:
            raise NotShown(502, f"The index does not have {file.filename}, which it lists.") from None
        if digest.hexdigest() != file.sha256:
            raise NotShown(
                502, f"What the index sent is not {file.filename}: its SHA-256 digest is another one."
            )


def _called(file: File) -> str:
    return f"{file.sha256} {file.filename}"
