"""Answers of the simple index, remembered under the project's serial.

A page is drawn once for each serial. Every later request costs one question to the database, "which serial has
this project?", and none of the framework: an installer reads a page for each of its requirements, so these are
most of what an index is asked. Asking, rather than being told of changes, keeps any number of web processes
right at any moment. A page's serial is read before its files, so it is never older than it says.

Whatever is not plain (a query, another method, another spelling of the name, an error) goes to the application.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

PREFIX = "/simple/"
SERIAL = "X-PyPI-Last-Serial"
MOST_BYTES = 48 * 1024 * 1024  # of all remembered answers together; the pages of 10,000 projects take 35
ENTRY_BYTES = 2000  # what Python needs for an entry beside the body
LONGEST_ACCEPT = 200  # characters
QUERY = "SELECT serial FROM projects WHERE normalized_name = %s"
NOT_OF_BODIES = ("content-length", "content-type")

Headers = list[tuple[str, str]]
Application = Callable[..., Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it was sent; `etag` is with its quotes."""

    serial: str
    etag: str
    headers: Headers
    body: bytes

    @property
    def size_bytes(self) -> int:
        """About as much memory as remembering it takes."""
        return len(self.body) + ENTRY_BYTES


class Serials:
    """The serials of projects, asked by each thread on a connection of its own."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._local = threading.local()

    def of(self, name: str) -> str | None:
        """Return the serial of the project of this normalized name; None if there is none, or no database."""
        try:
            row = self._connection().execute(QUERY, [name], prepare=True).fetchone()
        except psycopg.Error:
            self._local.connection = None
            return None
        return str(row[0]) if row else None

    def _connection(self) -> psycopg.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = psycopg.connect(self._conninfo, autocommit=True)
        return connection


class Remembered:
    """A WSGI application around another, which it asks once for each page and serial."""

    def __init__(
        self, application: Application, serial_of: Callable[[str], str | None], most_bytes: int = MOST_BYTES
    ) -> None:
        self._application = application
        self._serial_of = serial_of
        self._most_bytes = most_bytes
        self._answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()
        self._size_bytes = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer from memory, or ask the application and remember."""
        key = _key(environ)
        if key is None:
            return self._application(environ, start_response)
        answer = self._answers.get(key)
        if answer is None or answer.serial != self._serial_of(key[0]):
            return self._ask(key, environ, start_response)
        self._keep(key, answer)  # it was asked for last
        if environ.get("HTTP_IF_NONE_MATCH") == answer.etag:
            unchanged = [pair for pair in answer.headers if pair[0].lower() not in NOT_OF_BODIES]
            start_response("304 Not Modified", unchanged)
            return []
        start_response("200 OK", list(answer.headers))
        return [answer.body]

    def _ask(
        self, key: tuple[str, str], environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        started: list[Any] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            started[:] = [status, headers]
            return start_response(status, headers, exc_info)

        chunks = self._application(environ, start)
        status, headers = started
        named = {name.lower(): value for name, value in headers}
        if status != "200 OK" or SERIAL.lower() not in named:
            return chunks
        body = b"".join(chunks)
        self._keep(key, Answer(named[SERIAL.lower()], named["etag"], list(headers), body))
        return [body]

    def _keep(self, key: tuple[str, str], answer: Answer) -> None:
        with self._lock:
            before = self._answers.pop(key, None)
            self._size_bytes += answer.size_bytes - (before.size_bytes if before else 0)
            self._answers[key] = answer
            while self._size_bytes > self._most_bytes:
                _, dropped = self._answers.popitem(last=False)
                self._size_bytes -= dropped.size_bytes


def _key(environ: dict[str, Any]) -> tuple[str, str] | None:
    """Return the name and the wanted representation that a plain request for a project's page asks for."""
    path: str = environ["PATH_INFO"]
    if not path.startswith(PREFIX) or environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
        return None
    name, accept = path[len(PREFIX) : -1], environ.get("HTTP_ACCEPT", "")
    if not path.endswith("/") or not name or "/" in name or len(accept) > LONGEST_ACCEPT:
        return None
    return name, accept
