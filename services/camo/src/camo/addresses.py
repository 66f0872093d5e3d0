"""Addresses of images: read in one way, or refused.

Two readers of a URL that differ are a hole: one checks a host, the other connects to another. So there is one reader here,
which takes a narrow form and refuses what others would repair: blanks, backslashes, logins, numbers as hosts, names that
are not ASCII (`xn--` is how those are written).
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

from camo.publicity import is_public
from camo.refusals import refused
from readme_images.signing import LONGEST

PORTS = {"http": 80, "https": 443}
BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]")
WHOLE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)(?:#.*)?")
HOST = re.compile(r"\[[^\]]*\]|[^:]*")  # what comes after it is a port
NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{1,63}")
NUMBER = re.compile(
    r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)"
)  # what browsers and inet_aton read as an address of IPv4
KEPT = "/?:@!$&'()*+,;=-._~%[]|^`{}\"<>"  # characters of ASCII that stay as they are
# Of machines and networks, not of the internet (RFC 6761, 6762, 8375, 9476 and ICANN's list of names that collide).
LOCAL = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "onion", "alt",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Where an image is: `host` is a name or an address of IP, in small letters, without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        """The host as HTTP's header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """The whole, as it was understood."""
        return f"{self.scheme}://{self.authority}{self.path}"


def target_of(address: str) -> Target:
    """Return where an image is, or refuse its address with the reason."""
    if len(address) > LONGEST:
        raise refused(f"it is longer than {LONGEST} characters")
    if BLANK.search(address):
        raise refused("it has blanks or control characters")
    if "\\" in address:
        raise refused("it has a backslash")
    found = WHOLE.fullmatch(address)
    if not found or found["scheme"].lower() not in PORTS:
        raise refused("it does not begin with http:// or https://")
    scheme = found["scheme"].lower()
    if "@" in found["authority"]:
        raise refused("it has a login")
    host, port = _host_and_port(found["authority"], PORTS[scheme])
    path = quote(found["rest"], safe=KEPT)
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}")


def followed(target: Target, location: str) -> Target:
    """Return where a redirect leads, checked as the first address was."""
    if BLANK.search(location) or "\\" in location:
        raise refused("it is redirected to what is not an address")
    try:
        joined = urljoin(target.address, location)
    except ValueError:
        raise refused("it is redirected to what is not an address") from None
    return target_of(joined)


def _host_and_port(authority: str, usual: int) -> tuple[str, int]:
    host = HOST.match(authority)[0]  # type: ignore[index] # it fits on nothing, too
    port = authority.removeprefix(host)
    if port and port not in {f":{number}" for number in PORTS.values()}:
        raise refused("its port is not 80 or 443")
    return _host(host.lower()), int(port[1:] or usual)


def _host(host: str) -> str:
    if not host or host == "[]":
        raise refused("it has no host")
    if not host.isascii():
        raise refused("its host has letters that are not ASCII")
    if host.startswith("["):
        return _literal(host[1:-1], IPv6Address)
    if host.endswith("."):
        raise refused("its host ends in a dot")
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host):
        return _literal(host, IPv4Address)
    if NUMBER.fullmatch(host):
        raise refused("its host is a number")
    if not NAME.fullmatch(host) or host.rpartition(".")[2] in LOCAL:
        raise refused("its host is not a name of the internet")
    return host


def _literal(text: str, kind: type[IPv4Address] | type[IPv6Address]) -> str:
    try:
        address = str(kind(text))
    except AddressValueError:
        raise refused("its host is not an address of IP") from None
    if not is_public(address):
        raise refused("its host is not a public address")
    return address
