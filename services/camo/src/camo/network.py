"""The network: the one place that resolves names and opens connections, and what tests put another in the place of.

A name is resolved once. Each of its addresses has to be public, and the connection goes to one of those very addresses: a
name that means another machine a moment later (DNS rebinding) is not asked again.
"""

import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address

Resolve = Callable[[str, float], list[str]]
"""Return the addresses of a name, within so many seconds. Raises OSError."""
Connect = Callable[[str, int, float], socket.socket]
"""Return a connection to an address of IP and a port, within so many seconds. Raises OSError."""
RESOLVING = (
    32  # names at a time: getaddrinfo cannot be ended, so a thread may be busy for longer than anybody waits
)


@dataclass(frozen=True)
class Network:
    """The ways to the outside."""

    resolve: Resolve
    connect: Connect
    tls: ssl.SSLContext


def internet() -> Network:
    """Return the network that there is."""
    threads = ThreadPoolExecutor(RESOLVING, "resolve")

    def resolve(name: str, seconds: float) -> list[str]:
        answer = threads.submit(socket.getaddrinfo, name, None, type=socket.SOCK_STREAM)
        try:
            found = answer.result(seconds)
        finally:
            answer.cancel()
        return list(dict.fromkeys(str(place[0]) for *_, place in found))

    return Network(resolve, connect, ssl.create_default_context())


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Return a connection; what is not an address of IP is a ValueError: nothing is resolved here."""
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
    except BaseException:
        connection.close()
        raise
    return connection
