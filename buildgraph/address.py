"""Address: the normal form in which two spellings of one address are compared."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit, urlunsplit

VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")  # as pip reads it (pip manual, "Requirements File Format")
PORTS = {"http": 80, "https": 443}
PLAIN = "/~!$&'()*+,;=:@"  # what a path may hold as it is (RFC 3986, section 3.3)


def expand(url: str, environ: Mapping[str, str]) -> str:
    """Return an address with the values of the variables that it names; one that is not set stays, as in pip."""
    return VARIABLE.sub(lambda found: environ.get(found[1], found[0]), url)


def normal(url: str) -> str:
    """Return an address without login and fragment, its host in lower case, its path quoted one way (RFC 3986, section 6).

    Installers record no login (PEP 610), and a lock names a variable for it.
    """
    parts = urlsplit(url)
    host, colon, port = parts.netloc.rpartition("@")[2].lower().partition(":")
    if colon and port != str(PORTS.get(parts.scheme, "")):
        host += f":{port}"
    return urlunsplit((parts.scheme, host, quote(unquote(parts.path), safe=PLAIN), parts.query, ""))
