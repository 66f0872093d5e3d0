"""The settings of the inspector, read once from the environment and frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from vitals import Misconfigured

ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?/?")
PORTS = {"http": 80, "https": 443}
HINT = "Write it as 'https://host' or 'https://host:port'."


class Origin(NamedTuple):
    """Whom an address belongs to (RFC 6454)."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True)
class Limits:
    """What a page may cost."""

    document_bytes: int = 32 * 1024 * 1024  # of the index's answer about a project
    document_seconds: float = 10
    file_bytes: int = 100 * 1024 * 1024  # as the index takes
    file_seconds: float = 60
    connect_seconds: float = 3
    read_seconds: float = 10  # for each read
    cache_bytes: int = 512 * 1024 * 1024  # of files that were looked into
    answers: int = 12  # at a time; fewer than the threads of the server, which also has its health to tell


@dataclass(frozen=True)
class Settings:
    """What the inspector is told from outside."""

    index: str
    files: frozenset[Origin]  # from which files are fetched
    limits: Limits = Limits()


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; the first one that is missing or wrong ends the process with a sentence."""
    index = _origin(environ, "INSPECTOR_INDEX")
    if not index:
        raise Misconfigured("INSPECTOR_INDEX is not set", f"Name the origin of the index. {HINT}")
    files = _origin(environ, "INSPECTOR_FILES")
    return Settings(index, frozenset(origin_of(each) for each in (index, files) if each))


def origin_of(address: str) -> Origin:
    """Return the origin of an address of the web; a ValueError for another, and for one with a name or password."""
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(address)
    return Origin(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme])


def _origin(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    try:
        if text and not (ORIGIN.fullmatch(text) and origin_of(text)):
            raise ValueError(text)
    except ValueError:
        raise Misconfigured(f"{name} is '{text}'", HINT) from None
    return text.rstrip("/")
