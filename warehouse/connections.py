"""Connections: a slow or silent client costs a socket for a while, and never the site.

waitress reads heads and bodies outside of the threads that answer, and here no thread waits until an answer is read, so all that a client can hold up
is a socket and, for a body, a file. A client that asks on and does not read what is there is answered no further. Here are the limits of both: how long a connection may be idle, how long a request may take to arrive, how many connections there are. One that is too many has the
connection of the busiest address that was idle longest closed in its place, so nobody is kept out by those who say nothing.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import RequestEntityTooLarge

from warehouse.forms import FORM_BYTES, UPLOAD

resource: Any = None  # Windows has none
with suppress(ImportError):
    resource = import_module("resource")

IDLE_SECONDS = 60  # without a byte; clients keep connections for the next request
HEAD_SECONDS = 20  # from the first byte of a request to the end of its head
BODY_SECONDS = 900  # to the end of its body: 100 MB at a megabit a second
LOOK_SECONDS = 5  # how often it is looked who has been too slow
HEAD_BYTES = 1 << 16
UNREAD_BYTES = 1 << 20  # of answers to a client that has asked for more
THREADS = 12  # some of them wait for the quarantine, and none for a client
MOST = 4000
OF_WINDOWS = 400  # its select() knows no more than 512
SPARE_DESCRIPTORS = 200  # for the database, files, children; each connection is one descriptor


class Request(HTTPRequestParser):
    """A request whose head decides whether its body is received: a stranger's fills neither memory nor disk."""

    path = ""  # of a head that cannot be read

    def parse_header(self, header_plus: bytes) -> None:
        """Read a head; one with a number that is too long for Python is a bad one."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError(str(error)) from None

    def received(self, data: bytes) -> int:
        """Take what has come, and say how much of it belongs to this request."""
        consumed = super().received(data)
        is_upload = self.headers_finished and self.path == UPLOAD and "AUTHORIZATION" in self.headers
        is_chunked = self.chunked or "TRANSFER_ENCODING" in self.headers  # HTTP/1.0 knows no chunks
        is_large = self.content_length > FORM_BYTES and not is_upload
        if is_chunked or (is_large and not self.completed):
            said = f"Name its length, at most {FORM_BYTES} bytes but for uploads."
            self.error = RequestEntityTooLarge(said)
            self.completed, self.expect_continue = True, False
        return consumed


class Connection(HTTPChannel):
    """A client's connection that knows since when a request has been arriving."""

    parser_class = Request
    requests_lock: threading.Lock
    began = 0.0
    refused: HTTPRequestParser | None = None  # whose answer is its last

    def __init__(self, server: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(server, *arguments, **options)
        if len(server.active_channels) > server.most_connections:
            make_room(server.active_channels.values(), self)

    def received(self, data: bytes) -> bool:
        """Take what has come."""
        if self.request is None:
            self.began = time.time()
        elif self.request.error:
            return False
        return super().received(data)

    def service(self) -> None:
        """Answer a request, or none that follows answers which the client does not read."""
        if self.total_outbufs_len <= UNREAD_BYTES:
            self.refused = self.requests[0] if self.requests[0].error else None
            super().service()
            return
        with self.requests_lock:
            for request in self.requests:
                request.close()
            self.requests, self.close_when_flushed = [], True
        self.server.pull_trigger()

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Let no thread wait: an answer is one piece, or a file that the server reads as it is sent."""

    def handle_close(self) -> None:
        """Close; who still sends what was refused reads why only if that is taken, and dropped."""
        if self.will_close and self.refused:
            self.request, self.refused, self.will_close = self.refused, None, False
            self.socket.shutdown(socket.SHUT_WR)  # type: ignore[union-attr] # it is open
        else:
            super().handle_close()

    def is_late(self, now: float) -> bool:
        """Tell whether the client has had its time; while a thread answers it has."""
        if self.requests:
            return False
        if now - self.last_activity > IDLE_SECONDS:
            return True
        if self.request is None:
            return False
        return now - self.began > (BODY_SECONDS if self.request.headers_finished else HEAD_SECONDS)


def make_room(connections: Iterable[Any], newest: Connection) -> None:
    """Have the connection closed that was idle longest, of the address that has most; none is closed while it is answered."""
    idle = [each for each in connections if each is not newest and not (each.requests or each.will_close)]
    if idle:
        counts = Counter(each.addr[0] for each in idle)
        min(idle, key=lambda each: (-counts[each.addr[0]], each.last_activity)).will_close = True


def limited(server: Any, most: int) -> Any:
    """Return a server of waitress with the limits."""
    server.channel_class = Connection
    server.most_connections = most

    def end_late(now: float) -> None:
        for each in list(server.active_channels.values()):
            each.will_close = each.will_close or each.is_late(now)

    server.maintenance = end_late
    return server


def most_connections() -> int:
    """Raise this process' limit of descriptors as far as it may; return how many connections that leaves."""
    if resource is None:
        return OF_WINDOWS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + SPARE_DESCRIPTORS
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return max(most - SPARE_DESCRIPTORS, SPARE_DESCRIPTORS)
