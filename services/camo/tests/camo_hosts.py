"""Hosts for the tests of camo: real servers on this machine, at what camo takes for public addresses."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from camo.network import Network

PUBLIC = "93.184.215.14"
PNG = b"\x89PNG\r\n\x1a\n" + b"image" * 100
Answer = Callable[[socket.socket, bytes], None]
"""Answer a request, which is given as far as its head."""


def said(content: bytes, *headers: str, status: str = "200 OK") -> Answer:
    """Return what answers with a head, its length included, and a content."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "", ""]
    return written("\r\n".join(lines).encode() + content)


def written(data: bytes) -> Answer:
    """Return what answers with these bytes."""
    return lambda connection, request: connection.sendall(data)


def redirected(*locations: str) -> Answer:
    """Return what leads from one location to the next, and to an image after the last."""
    left = list(locations)

    def answer(connection: socket.socket, request: bytes) -> None:
        if not left:
            return picture(connection, request)
        said(b"", f"Location: {left.pop(0)}", status="302 Found")(connection, request)

    return answer


picture = said(PNG, "Content-Type: image/png")


@dataclass
class Host:
    """A server on this machine, and what was asked of it."""

    answer: Answer
    listener: socket.socket
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        """Answer until the listener is closed."""
        with suppress(OSError):
            while True:
                threading.Thread(target=self._answered, args=[self.listener.accept()[0]], daemon=True).start()

    def _answered(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                if not (data := connection.recv(4096)):
                    return
                request += data
            self.requests.append(request)
            self.answer(connection, request)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)  # until the other side has read all, so that nothing is reset
            connection.close()


@contextmanager
def host(answer: Answer = picture, tls: ssl.SSLContext | None = None) -> Iterator[Host]:
    """Serve an answer on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Host(answer, listener, tls)
        thread = threading.Thread(target=made.serve, daemon=True)
        thread.start()
        yield made
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


@dataclass
class World:
    """A network in which names have the addresses that a test says, and each public address is a host of the test."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)  # for each time that a name is resolved
    hosts: dict[str, Host] = field(default_factory=dict)
    resolved: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def resolve(self, name: str, seconds: float) -> list[str]:
        """Return the addresses for this time; the last ones stay."""
        self.resolved.append(name)
        answers = self.names.get(name)
        if not answers:
            raise socket.gaierror("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """Return a connection to the host that stands for an address."""
        self.connected.append((address, port))
        if address not in self.hosts:
            raise ConnectionRefusedError(address)
        return socket.create_connection(self.hosts[address].listener.getsockname(), timeout=seconds)

    @property
    def network(self) -> Network:
        """The network as camo takes it."""
        return Network(self.resolve, self.connect, self.tls)


@contextmanager
def world(answer: Answer = picture, tls: ssl.SSLContext | None = None) -> Iterator[World]:
    """Serve an answer at images.example.org, which has one public address."""
    with host(answer, tls) as there:
        yield World({"images.example.org": [[PUBLIC]]}, {PUBLIC: there})
