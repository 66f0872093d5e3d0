"""The index, asked over HTTP."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from conveyor.places import File, documentation_of, files_of
from conveyor.remembered import Remembered
from conveyor.settings import Settings

CONNECTIONS = {"http": HTTPConnection, "https": HTTPSConnection}
CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0  # for each read
WHOLE_SECONDS = 15.0  # for all of an answer: a timeout of a socket begins anew with each byte
LONGEST = 32 * 1024 * 1024  # bytes of a document; a project of ten thousand files has some 4 MiB
REMEMBERED_SECONDS = 60
REMEMBERED = 50_000  # files, projects and paths
SIMPLE = "application/vnd.pypi.simple.v1+json"
logger = logging.getLogger("conveyor")
Value = TypeVar("Value")


class Away(Exception):
    """The index does not answer, or answers nonsense."""


@dataclass(frozen=True)
class Answer:
    """An answer of the index."""

    status: int
    body: bytes = b""


Ask = Callable[[str, str, str], Answer]
"""Return the answer to a method, path and `Accept`, without following a redirect. Raises Away."""


def over_http(index: str) -> Ask:
    """Return what asks the index at an origin; proxies of the environment are not asked."""
    origin = urlsplit(index)

    def ask(method: str, path: str, accept: str) -> Answer:
        try:
            connection = CONNECTIONS[origin.scheme](
                origin.hostname or "", origin.port, timeout=CONNECT_SECONDS
            )
            with _ending(connection):
                status, body = _answer(connection, method, path, accept)
        except (HTTPError, HTTPException, OSError, ValueError) as problem:
            raise Away(f"{path}: {problem}") from None
        if len(body) > LONGEST:
            raise Away(f"{path}: more than {LONGEST} bytes")
        return Answer(status, body)

    return ask


def _answer(connection: HTTPConnection, method: str, path: str, accept: str) -> tuple[int, bytes]:
    headers = {
        "Accept": accept,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "conveyor",
    }
    connection.timeout = READ_SECONDS
    connection.request(method, path, headers=headers, preload_content=False, decode_content=False)
    with connection.getresponse() as response:
        return response.status, response.read(LONGEST + 1)


@contextmanager
def _ending(connection: HTTPConnection) -> Iterator[None]:
    """Connect, and end the connection when the time is over, wherever an answer is then. Raises OSError."""
    connection.connect()
    is_late, connected = threading.Event(), connection.sock

    def end() -> None:
        is_late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(WHOLE_SECONDS, end)
    clock.start()
    try:
        yield
        if is_late.is_set():  # what came may be the beginning of an answer without a length
            raise TimeoutError(f"no whole answer within {WHOLE_SECONDS:g} seconds")
    finally:
        clock.cancel()
        connection.close()


@dataclass
class Index:
    """What the index knows, remembered for a while."""

    settings: Settings
    ask: Ask
    remembered: Remembered = field(default_factory=lambda: Remembered(REMEMBERED_SECONDS, REMEMBERED))

    def files(self, project: str) -> dict[str, File]:
        """Return the files of a project by name in small letters; none if there is no such project."""

        def read(document: Any) -> dict[str, File]:
            return files_of(document, self.settings.index)

        def ask() -> dict[str, File]:
            return self._document(f"/simple/{project}/", SIMPLE, read) or {}

        return self.remembered.of(("files", project), ask, lambda files: 1 + len(files))

    def documentation(self, project: str) -> str | None:
        """Return where the documentation of a project is, or else its page; None if there is no such project."""
        page = f"{self.settings.index}/project/{project}/"

        def read(document: Any) -> str:
            return documentation_of(document, self.settings.docs_domain) or page

        def ask() -> str | None:
            found = self._document(f"/pypi/{project}/json", "application/json", read)
            if found is None and self._status("HEAD", f"/simple/{project}/") == 200:  # it has no releases
                return page
            return found

        return self.remembered.of(("documentation", project), ask, lambda _: 1)

    def has(self, path: str) -> bool:
        """Tell whether there is a file at a path."""

        def ask() -> bool:
            return self._status("HEAD", path) == 200

        return self.remembered.of(("has", path), ask, lambda _: 1)

    def check(self) -> None:
        """Raise Away if the index does not answer."""
        if (status := self._status("GET", "/_health/")) != 200:
            raise Away(f"/_health/: status {status}")

    def _status(self, method: str, path: str) -> int:
        status = self.ask(method, path, "*/*").status
        if status not in (200, 404):
            raise Away(f"{path}: status {status}")
        return status

    def _document(self, path: str, accept: str, read: Callable[[Any], Value]) -> Value | None:
        answer = self.ask("GET", path, accept)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Away(f"{path}: status {answer.status}")
        try:
            return read(json.loads(answer.body))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
            raise Away(f"{path}: {problem!r:.200}") from None
