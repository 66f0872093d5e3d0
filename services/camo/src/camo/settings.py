"""The settings of camo, read once from the environment and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network

from readme_images.signing import DEVELOPMENT_KEY, KEY_LENGTH, is_strong
from vitals import Misconfigured

MODES = ("development", "production")
HINT = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'; the index has the same"


@dataclass(frozen=True)
class Limits:
    """What an image may cost."""

    size_bytes: int = 5 * 1024 * 1024  # as GitHub's proxy
    resolve_seconds: float = 3
    connect_seconds: float = 3
    read_seconds: float = 5  # for each read
    whole_seconds: float = 10  # for all, redirects included
    redirects: int = 3
    fetches: int = 24  # at a time; fewer than the threads of the server, which also has its health to tell
    of_one_host: int = 4  # of them; a page of many badges has its images a few at a time
    waiting_for_one_host: int = 8  # besides them: others than a slow host have places, too
    patience: float = 5.0  # seconds to wait for a place at a host


@dataclass(frozen=True)
class Settings:
    """What camo is told from outside."""

    key: str = field(default=DEVELOPMENT_KEY, repr=False)
    refused: tuple[IPv4Network | IPv6Network, ...] = ()  # networks of ours that have public addresses
    limits: Limits = Limits()


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; the first one that is wrong ends the process with a sentence."""
    mode = environ.get("CAMO_MODE") or MODES[0]
    if mode not in MODES:
        raise Misconfigured(f"CAMO_MODE is '{mode}'", "Set it to 'development' or 'production'.")
    key = environ.get("CAMO_KEY") or DEVELOPMENT_KEY
    if mode == "production" and not is_strong(key):
        what = f"production mode needs a CAMO_KEY of {KEY_LENGTH} characters or more"
        raise Misconfigured(what, f"{HINT} as WAREHOUSE_CAMO_KEY.")
    return Settings(key, _networks(environ.get("CAMO_REFUSED", "")))


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(word.strip()) for word in text.split(",") if word.strip())
    except ValueError:
        hint = "Name networks, as '198.51.100.0/24, 2001:db8::/32'."
        raise Misconfigured(f"CAMO_REFUSED is '{text}'", hint) from None
