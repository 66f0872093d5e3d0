"""Pages: the supervisor's own answers: what is wrong, while it is; at any time its status, the events, the script of open pages.

One connection is one thread and one request, and has little time: the supervisor's loop waits for none of them.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

from . import hosts, page
from .failures import Failure
from .news import News

REQUEST_SECONDS = 10.0
LINGER_SECONDS = 1.0
LINGER_BYTES = 1 << 22  # of a body that nobody reads: closing before it has come would take the answer away
MOST_CONNECTIONS = 200
REFUSED_SECONDS = 0.05
CLIENT = Path(__file__).with_name("client.js")
SCRIPT = f'<script src="{page.PATH}client.js" data-is-failure></script>'


@dataclass(frozen=True)
class Desk:
    """Where answers come from."""

    failure: Callable[[], Failure | None]
    status: Callable[[], dict]
    status_page: Callable[[], str]
    retry: Callable[[], None]
    news: News
    editor: str


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server_version, sys_version = "serve", ""
    timeout = REQUEST_SECONDS

    def __init__(self, connection: socket.socket, address: object, desk: Desk) -> None:
        self.desk = desk
        super().__init__(connection, address, None)  # type: ignore[arg-type] # no server: `desk` is asked

    def do_any(self) -> None:
        path = urlsplit(self.path).path
        action = {
            "": lambda: self.answer(200, page.HTML, self.desk.status_page().encode("utf-8", "replace")),
            "status.json": lambda: self.answer(200, page.JSON, json.dumps(self.desk.status()).encode()),
            "client.js": lambda: self.answer(200, "text/javascript", CLIENT.read_bytes()),
            "events": self.events,
            "retry": self.retry,
        }
        if not hosts.is_known(self.headers.get("Host", "")):
            code = 403 if path.startswith(page.PATH) else 500
            self.answer(code, page.TEXT, page.discreet(self.headers.get("Host", "")))
        elif path.startswith(page.PATH):
            action.get(path.removeprefix(page.PATH), lambda: self.answer(404, page.TEXT, b"not found\n"))()
        else:
            self.show_failure()

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer any method of HTTP alike."""
        if name.startswith("do_"):
            return self.do_any
        raise AttributeError(name)

    def show_failure(self) -> None:
        failure = self.desk.failure()
        if failure is None:  # it is over: the same address is answered by the application
            self.send_response(307)
            self.send_header("Location", self.path if _is_path(self.path) else "/")
            self.send_header("Retry-After", "0")
            self.end()
            return
        kind = page.media_type(self.headers.get("Accept", ""))
        self.answer(500, kind, page.render(failure, kind, self.desk.editor, SCRIPT))

    def retry(self) -> None:
        if self.command != "POST" or not self.is_same_host():
            self.answer(405, page.TEXT, b"POST it\n")
            return
        self.desk.retry()
        self.send_response(303)
        self.send_header("Location", _path_of(self.headers.get("Referer", "")))
        self.end()

    def events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.allow_origin()
        self.end_headers()
        for event in self.desk.news.listen():
            self.wfile.write(event)
            self.wfile.flush()

    def answer(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.allow_origin()
        self.end()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end(self) -> None:
        self.send_header("Connection", "close")
        self.end_headers()

    def is_same_host(self) -> bool:
        """Tell whether the page that asks is of this host, whatever the port."""
        origin = self.headers.get("Origin")
        try:
            return (
                not origin
                or urlsplit(origin).hostname == urlsplit(f"//{self.headers.get('Host', '')}").hostname
            )
        except ValueError:
            return False

    def allow_origin(self) -> None:
        origin = self.headers.get("Origin") if self.headers else None
        if origin and self.is_same_host():
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Vary", "Origin")

    def log_message(self, *_: object) -> None:
        pass


def _path_of(address: str) -> str:
    path = urlsplit(address).path
    return path if _is_path(path) else "/"


def _is_path(path: str) -> bool:
    """Tell a path of this host from what a browser takes for another host."""
    return path.startswith("/") and path[1:2] not in ("/", "\\")


class Counter:
    """Threads that answer; of more connections than a number, the oldest one is ended: who says nothing keeps nobody out."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._open: dict[socket.socket, None] = {}  # the oldest first
        self._lock = threading.Lock()

    def take(self, listener: socket.socket) -> None:
        """Accept what waits, and answer it."""
        while True:
            try:
                connection, address = listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # no descriptor is left; those that answer give theirs back soon
                time.sleep(REFUSED_SECONDS)
                return
            self._make_room()
            self._begin(connection, address)

    def _make_room(self) -> None:
        with self._lock:
            if len(self._open) >= MOST_CONNECTIONS:
                oldest = next(iter(self._open))
                del self._open[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)

    def _begin(self, connection: socket.socket, address: object) -> None:
        with self._lock:
            self._open[connection] = None
        try:
            threading.Thread(target=self._answer, args=(connection, address), daemon=True).start()
        except RuntimeError:  # the system has no thread left
            self._end(connection)

    def _answer(self, connection: socket.socket, address: object) -> None:
        try:
            with suppress(OSError, ValueError):
                connection.settimeout(REQUEST_SECONDS)
                Handler(connection, address, self.desk)
                _linger(connection)
        finally:
            self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.pop(connection, None)
            connection.close()


def _linger(connection: socket.socket) -> None:
    """Read what the client still sends, for a while, so that it reads our answer."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(LINGER_SECONDS)
    rest = LINGER_BYTES
    while rest > 0 and (data := connection.recv(1 << 16)):
        rest -= len(data)
