"""What the site is called, and who asks: known from settings and trusted proxies, never from what a stranger sends.

In production the name is a setting: a request for another is refused, and all that follows sees the setting alone, so
that no page which a cache keeps depends on a request. The header that trusted proxies write is a setting, too: the
other kind passes through them as a stranger has sent it.
"""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from warehouse.settings import HOST, Settings

HEADERS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO")
LONGEST = 2000  # characters of a header, from its end: proxies add to it
PAIR = r'([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))'  # of RFC 7239
ELEMENT = re.compile(rf"\s*{PAIR}(?:\s*;\s*{PAIR})*\s*")
NODE = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9.]+)(?::[0-9]+)?|([0-9A-Fa-f:.]+)")
ONE_RANGE = re.compile("bytes=([0-9]{1,18}-[0-9]{0,18}|-(?!0+$)[0-9]{1,18})")  # all others get the whole
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
HEALTH = "/_health/"  # asked by what watches this process, which knows no name

Environ = dict[str, Any]
Hop = dict[str, str]  # what a proxy says: for, host, proto


class Site:
    """A WSGI application around another, which sees the site's own name and the real client."""

    def __init__(self, application: Callable[..., Any], settings: Settings) -> None:
        self._application = application
        self._settings = settings
        self._own = urlsplit(settings.site) if settings.site and not settings.is_development else None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Refuse a foreign host, or ask the application."""
        hops = self._believed(environ)
        for header in HEADERS:
            environ.pop(header, None)
        if not ONE_RANGE.fullmatch(environ.get("HTTP_RANGE", "")):
            environ.pop("HTTP_RANGE", None)
        for hop in hops[:1]:
            environ["HTTP_HOST"] = hop.get("host") or environ.get("HTTP_HOST", "")
            environ["wsgi.url_scheme"] = _scheme(hop) or environ["wsgi.url_scheme"]
        host = environ.get("HTTP_HOST", "").lower()
        if environ["PATH_INFO"] != HEALTH and host and not self._is_own(host):
            start_response("400 Bad Request", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [b"This site has another name.\n"]
        if self._own:
            environ["HTTP_HOST"], environ["wsgi.url_scheme"] = self._own.netloc, self._own.scheme
        return self._application(environ, start_response)

    def _believed(self, environ: Environ) -> list[Hop]:
        """Return what trusted proxies say, the client's first, and take its address for the request's."""
        hops = _forwarded(environ) if self._settings.forwarded == "forwarded" else _x_forwarded(environ)
        believed: list[Hop] = []
        while hops and self._is_trusted(_address(environ.get("REMOTE_ADDR", ""))):
            believed.insert(0, hops.pop())
            address = _address(believed[0].get("for", ""))
            if address is None:  # hidden or unknown: the proxy stands for it
                break
            environ["REMOTE_ADDR"] = str(address)
        return believed

    def _is_trusted(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._settings.proxies)

    def _is_own(self, host: str) -> bool:
        if self._own is None:
            return bool(re.fullmatch(HOST, host))
        return host.removesuffix(DEFAULT_PORTS[self._own.scheme]) == self._own.netloc.lower()


def _forwarded(environ: Environ) -> list[Hop]:
    """Return a hop for each element; what is none says nothing. No proxy writes a comma into its own, a stranger may."""
    elements = environ.get("HTTP_FORWARDED", "")[-LONGEST:].split(",")
    pairs = [re.findall(PAIR, each) if ELEMENT.fullmatch(each) else [] for each in elements if each.strip()]
    return [{name.lower(): quoted or plain for name, quoted, plain in each} for each in pairs]


def _x_forwarded(environ: Environ) -> list[Hop]:
    """Return a hop for each address; host and scheme are those that the nearest proxy names."""
    words = {name: environ.get(f"HTTP_X_FORWARDED_{name.upper()}", "") for name in ("for", "host", "proto")}
    last = {name: words[name].rpartition(",")[2].strip() for name in ("host", "proto")}
    addresses = words["for"][-LONGEST:].split(",") if any(words.values()) else []
    return [{"for": address.strip()} | last for address in addresses]


def _scheme(hop: Hop) -> str | None:
    return hop["proto"].lower() if hop.get("proto", "").lower() in DEFAULT_PORTS else None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    node = NODE.fullmatch(text)
    try:
        found = ip_address(next(filter(None, node.groups()))) if node else None
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
