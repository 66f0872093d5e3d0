"""An exchange: one request and its answer over a connection, every read within the deadline, every byte counted.

The answer's length is what arrives, not what a header says. What is not content (heads, framing, trailers, answers before
the answer) has a limit of its own, so that a stream of one-byte chunks does not keep a processor busy.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import h11

from camo.addresses import Target
from camo.refusals import NotShown, late

READ_BYTES = 64 * 1024
HEAD_BYTES = 32 * 1024
FRAMING_BYTES = 64 * 1024  # and a quarter of the content
HEADERS = {
    "Accept": "image/avif, image/webp, image/svg+xml, image/*;q=0.8",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "camo (a proxy for images of READMEs)",
}
PSEUDONYM = "camo-of-readmes"  # in the header Via: whatever sends this is one like us, see `app`


class Deadline:
    """The end of all that is done for one image."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def within(self, seconds: float) -> float:
        """Return so many seconds, or those that are left; none is a refusal."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise late()
        return min(seconds, left)


@dataclass(frozen=True)
class Head:
    """What an answer says of itself."""

    status: int
    headers: tuple[tuple[str, str], ...]  # names in small letters

    def all(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for header, value in self.headers if header == name]


class Exchange:
    """One request and its answer."""

    def __init__(self, connection: socket.socket, deadline: Deadline, read_seconds: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self.read_seconds = read_seconds
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self.received = self.content = 0  # bytes

    def ask(self, target: Target) -> Head:
        """Ask for an image, and return the head of the answer."""
        headers = [("Host", target.authority), *HEADERS.items(), ("Via", f"1.1 {PSEUDONYM}")]
        request = h11.Request(method="GET", target=target.path, headers=headers)
        self.connection.settimeout(self.deadline.within(self.read_seconds))
        self.connection.sendall(self.http.send(request) or b"")
        self.http.send(h11.EndOfMessage())
        response = self._event()
        if not isinstance(response, h11.Response):
            raise h11.RemoteProtocolError("the answer has no head")
        said = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
        return Head(response.status_code, tuple(said))

    def body(self) -> Iterator[bytes]:
        """Yield the content as it arrives."""
        while isinstance(event := self._event(), h11.Data):
            self.content += len(event.data)
            yield bytes(event.data)
        if not isinstance(event, h11.EndOfMessage):
            raise h11.RemoteProtocolError("the content has no end")

    def _event(self) -> object:
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                self._receive()
            elif not isinstance(event, h11.InformationalResponse):
                return event

    def _receive(self) -> None:
        if self.received - self.content > FRAMING_BYTES + self.content // 4:
            raise NotShown(502, "The image's host sends too much that is not the image.")
        self.connection.settimeout(self.deadline.within(self.read_seconds))
        data = self.connection.recv(READ_BYTES)
        self.received += len(data)
        self.http.receive_data(data)
