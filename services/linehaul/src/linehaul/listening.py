"""Listening: lines over TCP, as a file server or a collector of logs sends them, one connection for many lines.

What is counted is stored once a second, and before the end. While the database does not answer it is kept; with too much of it no
more is read, so that the senders wait. A sender that is gone without a word is found out by the system, and one that has long
been silent makes room for another.
"""

import logging
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import psycopg

from linehaul.counting import Download, downloads
from linehaul.settings import Settings
from linehaul.store import Store

LONGEST_LINE = 16 << 10
READ_BYTES = 64 << 10
CONNECTIONS = 64
FLUSH_SECONDS = 1.0
SILENT_SECONDS = 60.0  # of a connection that may be ended if there are too many
KEEPALIVE = {
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 6,
}  # seconds, seconds, times; where there are such
MOST_KEPT = 100_000  # different downloads that wait for the database
logger = logging.getLogger("linehaul")


class Listener:
    """A listening socket, its connections, and what has been counted and not yet stored; one thread serves all."""

    def __init__(self, settings: Settings, store: Store, host: str, port: int) -> None:
        self.settings = settings
        self.store = store
        self.socket = socket.create_server((host, port), family=_family(host))
        self.socket.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.socket, selectors.EVENT_READ)
        self.rests: dict[socket.socket, bytes] = {}
        self.heard: dict[socket.socket, float] = {}  # when; the one that was silent for longest is the first
        self.due = 0.0  # when counts are stored
        self.counts: Counter[Download] = Counter()
        self.ends = threading.Event()

    @property
    def port(self) -> int:
        """Return where it listens."""
        return self.socket.getsockname()[1]

    def run(self) -> int:
        """Take lines until the end is asked for; then store what has been counted, and return how many downloads could not be."""
        try:
            while not self.ends.is_set():
                self._wait()
                if time.monotonic() >= self.due:
                    self._flush()
        finally:
            self._flush()
            for each in (*self.rests, self.socket):
                each.close()
            self.selector.close()
            self.store.close()
        if lost := self.counts.total():
            logger.error("ended without having stored all", extra={"downloads": lost})
        return lost

    def _wait(self) -> None:
        """Take what comes within a second, unless too much is waiting already."""
        if len(self.counts) > MOST_KEPT:
            self.ends.wait(FLUSH_SECONDS)
            return
        for key, _ in self.selector.select(FLUSH_SECONDS):
            if key.fileobj is self.socket:
                self._accept()
            elif key.fileobj in self.rests:  # and was not ended this moment
                self._read(key.fileobj)

    def _accept(self) -> None:
        try:
            connection, address = self.socket.accept()
        except OSError:
            return
        if not _is_peer(address[0], self.settings.peers) or not self._has_room():
            logger.warning("refused a connection", extra={"peer": address[0]})
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self.rests[connection] = b""
        self.heard[connection] = time.monotonic()
        self.selector.register(connection, selectors.EVENT_READ)

    def _has_room(self) -> bool:
        """Tell whether there is room for one more connection, for which one that is silent may have to go."""
        if len(self.rests) < CONNECTIONS:
            return True
        silent, since = next(iter(self.heard.items()))
        if time.monotonic() - since < SILENT_SECONDS:
            return False
        logger.warning("ended a connection that was silent, for another one")
        self._read(silent)  # what has come this moment
        if silent in self.rests:
            self._end(silent)
        return True

    def _end(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        connection.close()
        del self.rests[connection], self.heard[connection]

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        del self.heard[connection]
        self.heard[connection] = time.monotonic()
        *lines, rest = (self.rests[connection] + data).split(b"\n")
        if not data:  # the last line may lack its end
            lines, rest = [rest], b""
        if len(rest) > LONGEST_LINE:
            logger.warning("ended a connection whose line has no end")
            data = b""
        self.rests[connection] = rest
        self.counts.update(
            downloads((line.decode("utf-8", "replace") for line in lines), self.settings.prefix)
        )
        if not data:
            self._end(connection)

    def _flush(self) -> None:
        self.due = time.monotonic() + FLUSH_SECONDS
        if not self.counts:
            return
        try:
            rows = self.store.add(self.counts)
        except psycopg.Error as error:
            self.store.close()
            logger.error("the database does not take the counts, which are kept: %s", error)
            self.ends.wait(FLUSH_SECONDS)
            return
        logger.info("stored", extra={"downloads": self.counts.total(), "rows": rows})
        self.counts = Counter()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_peer(address: str, peers: Sequence[IPv4Network | IPv6Network]) -> bool:
    found = ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in peers)
