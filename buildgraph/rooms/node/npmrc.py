"""The user's npm configuration, as far as fetching needs it, before there is an npm that could be asked.

Environment variables win over the project's `.npmrc`, that over the user's (npm manual, "config" and "npmrc"). Read are: the registry, its
token or login, and the certificate authority.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_REGISTRY = "https://registry.npmjs.org/"
PREFIX = "npm_config_"


@dataclass(frozen=True)
class Registry:
    """Name an npm registry and how it is spoken to."""

    url: str
    headers: Mapping[str, str]
    cafile: str = ""


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return npm's settings, by the names that `.npmrc` uses."""
    given = {}
    for name, value in environ.items():
        if name.lower().startswith(PREFIX) and value:
            given[name[len(PREFIX) :].lower().replace("_", "-")] = value
    user = Path(given.get("userconfig") or Path.home() / ".npmrc")
    return _read(user, environ) | _read(Path(".npmrc"), environ) | given


def registry(environ: Mapping[str, str]) -> Registry:
    """Return the user's registry for packages without a scope."""
    found = settings(environ)
    url = found.get("registry", DEFAULT_REGISTRY).rstrip("/") + "/"
    place = "//" + url.partition("://")[2]
    headers = {}
    for key, scheme in ((f"{place}:_authToken", "Bearer"), (f"{place}:_auth", "Basic")):
        if found.get(key):
            headers = {"Authorization": f"{scheme} {found[key]}"}
            break
    return Registry(url, headers, found.get("cafile", ""))


def mirror(environ: Mapping[str, str]) -> str:
    """Return the address of the user's mirror of nodejs.org/dist, "" if there is none."""
    return settings(environ).get("nodejs-org-mirror", "").rstrip("/")


def _read(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Parse an ini file without sections; `${NAME}` stands for an environment variable."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if equals and not key.lstrip().startswith(("#", ";")):
            value = value.strip().strip("\"'")
            found[key.strip()] = re.sub(
                r"\$\{([^}]+)\}", lambda match: environ.get(match[1], match[0]), value
            )
    return found
