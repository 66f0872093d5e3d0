"""Address: where the application is to listen, as people write it and as others read it."""

from dataclasses import dataclass

from buildgraph.errors import BuildError

LARGEST_PORT = 65535
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (who listens at all addresses answers at this one)


@dataclass(frozen=True)
class Address:
    """A host and a port; port 0 stands for any that is free."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Return what a browser takes; an IPv6 address has brackets there (RFC 3986, 3.2.2)."""
        host = EVERYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def reachable(self) -> tuple[str, int]:
        """Return what can be connected to."""
        return EVERYWHERE.get(self.host, self.host), self.port


def read(text: str) -> Address:
    """Return the address that is written as `HOST:PORT`; raise BuildError if it is not."""
    host, _, port = text.rpartition(":")
    return parse(host.strip("[]"), port)


def parse(host: str, port: str) -> Address:
    """Return the address that two options name; raise BuildError if they name none."""
    if not host:
        raise BuildError("the host is empty", "", "For all addresses of this machine write '--host=0.0.0.0'.")
    if not (port.isascii() and port.isdigit() and int(port) <= LARGEST_PORT):
        raise BuildError(
            f"'{port}' is not a port",
            "",
            f"Take a number up to {LARGEST_PORT}: '--port=8000'; 0 is any that is free.",
        )
    return Address(host, int(port))
