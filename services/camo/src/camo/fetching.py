"""Fetching: from an address to the image that is there, over public hosts alone."""

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import h11

from camo.addresses import Target, followed, target_of
from camo.exchange import Deadline, Exchange, Head
from camo.kinds import Kind, kind_of
from camo.network import Network
from camo.publicity import is_public, neighbours
from camo.refusals import NotShown, late
from camo.settings import Limits, Settings

REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
TRIED = 4  # addresses of a host
BUSY = "Too many images are being fetched."


@dataclass(frozen=True)
class Picture:
    """An image, of the kind that its content is of."""

    kind: Kind
    content: bytes


class Crowd:
    """How many fetches are under way, in all and from each host: so that a few slow hosts do not keep all threads."""

    def __init__(self, limits: Limits) -> None:
        self.most = {"all": limits.fetches}
        self.of_one_host = limits.of_one_host
        self.waiting_for_one_host = limits.waiting_for_one_host
        self.there: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()
        self.changed = threading.Condition()

    @contextmanager
    def joined(self, name: str = "all", patience: float = 0.0) -> Iterator[None]:
        """Be one of all, or one of those at a host; where enough are there, and stay for so many seconds, or enough wait, it is a refusal."""
        most = self.most.get(name, self.of_one_host)
        with self.changed:
            seconds = patience if self.waiting[name] < self.waiting_for_one_host else 0.0
            self.waiting[name] += 1
            is_free = self.changed.wait_for(lambda: self.there[name] < most, seconds)
            self.waiting -= Counter([name])
            if not is_free:
                raise NotShown(503, BUSY)
            self.there[name] += 1
        try:
            yield
        finally:
            with self.changed:
                self.there -= Counter([name])  # keeps no zeros
                self.changed.notify_all()


class Fetcher:
    """Fetches images."""

    def __init__(self, settings: Settings, network: Network) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.network = network
        self.crowd = Crowd(settings.limits)

    def fetch(self, address: str) -> Picture:
        """Return the image at an address. Raises NotShown."""
        target = target_of(address)
        with self.crowd.joined():
            deadline = Deadline(self.limits.whole_seconds)
            for _ in range(self.limits.redirects + 1):
                found = self._visited(target, deadline)
                if isinstance(found, Picture):
                    return found
                target = found
        raise NotShown(502, "The image is redirected too often.")

    def _visited(self, target: Target, deadline: Deadline) -> Picture | Target:
        """Return the image, or where it is now."""
        addresses = self._addresses(target, deadline)
        try:
            with self.crowd.joined(neighbours(addresses[0]), self.limits.patience), ExitStack() as stack:
                connection = self._connected(target, addresses, deadline, stack)
                exchange = Exchange(connection, deadline, self.limits.read_seconds)
                head = exchange.ask(target)
                if head.status in REDIRECTS:
                    return followed(target, _location(head))
                return self._picture(head, exchange)
        except TimeoutError:
            raise late() from None
        except ssl.SSLCertVerificationError:
            raise NotShown(502, "The image's host does not prove its name.") from None
        except (OSError, UnicodeError):  # the latter of names that TLS cannot send
            raise NotShown(502, "The image's host does not answer.") from None
        except h11.ProtocolError:
            raise NotShown(502, "The image's host does not speak HTTP as it should.") from None

    def _addresses(self, target: Target, deadline: Deadline) -> list[str]:
        try:
            found = self.network.resolve(target.host, deadline.within(self.limits.resolve_seconds))
        except TimeoutError:
            raise late() from None
        except (OSError, UnicodeError):
            found = []
        if not found or not all(is_public(address, self.settings.refused) for address in found):
            raise NotShown(502, "The image's host has no public address.")
        return found[:TRIED]

    def _connected(
        self, target: Target, addresses: list[str], deadline: Deadline, stack: ExitStack
    ) -> socket.socket:
        """Return a connection to the first address that takes one; the name counts for TLS alone."""
        connection = stack.enter_context(self._opened(target.port, addresses, deadline))
        if target.scheme == "http":
            return connection
        connection.settimeout(deadline.within(self.limits.read_seconds))
        return stack.enter_context(self.network.tls.wrap_socket(connection, server_hostname=target.host))

    def _opened(self, port: int, addresses: list[str], deadline: Deadline) -> socket.socket:
        for address in addresses[:-1]:
            with suppress(OSError):
                return self.network.connect(address, port, deadline.within(self.limits.connect_seconds))
        return self.network.connect(addresses[-1], port, deadline.within(self.limits.connect_seconds))

    def _picture(self, head: Head, exchange: Exchange) -> Picture:
        kind = _kind(head)
        lengths = head.all("content-length")  # h11 lets no nonsense through, and no two that differ
        if lengths and int(lengths[0]) > self.limits.size_bytes:
            raise self._too_large()
        content = bytearray()
        for data in exchange.body():
            content += data
            if len(content) > self.limits.size_bytes:
                raise self._too_large()
        if not kind.begins(bytes(content)):
            raise NotShown(415, "The content is not an image of the type that it is said to have.")
        return Picture(kind, bytes(content))

    def _too_large(self) -> NotShown:
        return NotShown(502, f"The image is larger than {self.limits.size_bytes} bytes.")


def _location(head: Head) -> str:
    locations = head.all("location")
    if len(locations) != 1:
        raise NotShown(502, "The image is redirected to nowhere.")
    try:
        return locations[0].encode("latin-1").decode()
    except UnicodeDecodeError:
        return locations[0]


def _kind(head: Head) -> Kind:
    """Return the kind of what is coming, before any of it is read."""
    if head.status in GONE:
        raise NotShown(404, "The image is not there.")
    if head.status != 200:
        raise NotShown(502, f"The image's host answers with status {head.status}.")
    if [word for word in head.all("content-encoding") if word.strip().lower() != "identity"]:
        raise NotShown(415, "The image is compressed once more, for the way.")
    types = head.all("content-type")
    kind = kind_of(types[0]) if len(types) == 1 else None
    if kind is None:
        raise NotShown(415, "This is not an image of a type that is shown.")
    return kind
