"""Fetching: one answer of one address, within a size and a time that hold for the whole of it.

A timeout of a socket begins anew with each byte, so a clock ends the connection. Redirections are not followed: they lead
where nobody has agreed to go.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from inspector.errors import NotShown
from inspector.settings import Limits, origin_of

PIECE_BYTES = 64 * 1024
CONNECTIONS = {"http": HTTPConnection, "https": HTTPSConnection}
HEADERS = {"User-Agent": "inspector", "Accept-Encoding": "identity", "Connection": "close"}


class Missing(Exception):
    """The address is of nothing: 404 or 410."""


def fetch(address: str, most_bytes: int, seconds: float, limits: Limits) -> Iterator[bytes]:
    """Yield what is at an address, piece by piece. Raises NotShown, and Missing."""
    connection, is_late = _connected(address, limits), threading.Event()

    def end(connected: socket.socket = connection.sock) -> None:
        is_late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(seconds, end)
    clock.start()
    try:
        yield from _pieces(connection, address, most_bytes)
        late = is_late.is_set()  # the end of an answer may be the end of its time
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        late = is_late.is_set() or isinstance(error, (TimeoutError, ReadTimeoutError))
        if not late:
            raise NotShown(
                502, "The index cannot be understood: its answer breaks off, or is not HTTP."
            ) from error
    finally:
        clock.cancel()
        connection.close()
    if late:
        raise NotShown(504, "The index is too slow. Try again later.")


def reach(address: str, limits: Limits) -> None:
    """Raise NotShown if nobody answers there."""
    _connected(address, limits).close()


def _connected(address: str, limits: Limits) -> HTTPConnection:
    origin = origin_of(address)
    connection = CONNECTIONS[origin.scheme](origin.host, origin.port, timeout=limits.connect_seconds)
    try:
        connection.connect()
    except (HTTPError, OSError) as error:
        connection.close()
        raise NotShown(502, "The index cannot be reached. Try again later.") from error
    connection.timeout = limits.read_seconds
    return connection


def _pieces(connection: HTTPConnection, address: str, most_bytes: int) -> Iterator[bytes]:
    parts = urlsplit(address)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request("GET", target, headers=HEADERS, preload_content=False, decode_content=False)
    with connection.getresponse() as response:
        if response.status in (404, 410):
            raise Missing(address)
        if 300 <= response.status < 400:
            raise NotShown(502, "The index redirects to another address, which is not followed.")
        if response.status != 200:
            raise NotShown(502, f"The index answers with an error ({response.status}).")
        received = 0
        while piece := response.read(PIECE_BYTES):
            received += len(piece)
            if received > most_bytes:
                raise NotShown(502, f"The index sends more than {most_bytes:,} bytes.")
            yield piece
