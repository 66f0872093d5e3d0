"""The settings of conveyor, read once from the environment and frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from vitals import Misconfigured

ORIGIN = re.compile(r"(https?)://(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?/?", re.IGNORECASE | re.ASCII)
DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Settings:
    """What conveyor is told from outside."""

    index: str  # "https://host", which is asked and redirected to
    docs_domain: str = (
        ""  # in small letters: NAME.DOMAIN and DOMAIN/NAME/ lead to documentation; without it nothing does
    )


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; the first one that is missing or wrong ends the process with a sentence."""
    index, domain = environ.get("CONVEYOR_INDEX", ""), environ.get("CONVEYOR_DOCS_DOMAIN", "")
    hint = "Write it as 'https://host' or 'https://host:port'."
    if not index:
        raise Misconfigured("CONVEYOR_INDEX is not set", hint)
    if not _is_origin(index):
        raise Misconfigured(f"CONVEYOR_INDEX is '{index}'", hint)
    if domain and not DOMAIN.fullmatch(domain):
        raise Misconfigured(f"CONVEYOR_DOCS_DOMAIN is '{domain}'", "Write it as 'docs.example.org'.")
    return Settings(index.rstrip("/").lower(), domain.lower())


def _is_origin(text: str) -> bool:
    try:
        return bool(ORIGIN.fullmatch(text)) and urlsplit(text).port != 0
    except ValueError:  # a port beyond all, or what is not an address of IPv6
        return False
