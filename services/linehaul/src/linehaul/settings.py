"""Settings, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from vitals import Misconfigured

EXAMPLE_URL = "postgresql://linehaul@host/warehouse"
PEERS = "127.0.0.0/8, ::1"


@dataclass(frozen=True)
class Settings:
    """The database of the index, whose word is believed over TCP, and where the files lie in an address."""

    database_url: str = field(repr=False)
    peers: tuple[IPv4Network | IPv6Network, ...]
    prefix: str = "/packages/"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Return the settings; the first one that is missing or wrong ends the process with a sentence."""
    url = environ.get("DATABASE_URL", "").replace("postgresql+psycopg://", "postgresql://", 1)
    if not url.strip():
        raise Misconfigured("DATABASE_URL is not set", "Name the database of the index.")
    try:
        conninfo_to_dict(url)
    except ProgrammingError:  # its text has the URL, and with that a password
        raise Misconfigured("DATABASE_URL is not a database URL", f"Write it as '{EXAMPLE_URL}'.") from None
    prefix = environ.get("LINEHAUL_PREFIX") or Settings.prefix
    if not (prefix.startswith("/") and prefix.endswith("/")):
        raise Misconfigured(f"LINEHAUL_PREFIX is '{prefix}'", "Begin and end it with a slash: '/packages/'.")
    return Settings(url, _networks(environ.get("LINEHAUL_PEERS") or PEERS), prefix)


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        found = tuple(ip_network(word.strip()) for word in text.split(",") if word.strip())
        if not found:  # blanks do not mean that nobody may send anything
            raise ValueError(text)
        return found
    except ValueError:
        hint = "Name addresses and networks, as '127.0.0.1, 10.0.0.0/8'."
        raise Misconfigured(f"LINEHAUL_PEERS is '{text}'", hint) from None
