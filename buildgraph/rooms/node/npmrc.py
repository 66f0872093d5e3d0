"""npm's configuration: what fetching needs of it before there is an npm that could be asked, and what npm is left of a person's own.

Environment variables win over the project's `.npmrc`, that over the user's (npm manual, "config" and "npmrc"). Read are: the registry, its
token or login, and the certificate authority.

The checkout's `.npmrc` is committed, an input of what npm makes, and may say anything. Of a person's own files and variables npm gets only how a registry is
reached: `omit=dev`, `legacy-peer-deps`, `os`, `install-strategy` and their like would make a lock or a node_modules that nobody else has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_REGISTRY = "https://registry.npmjs.org/"
PREFIX = "npm_config_"
# How a registry is reached, and where npm keeps what it fetched (npm 11 manual, "config").
PERSONAL = (
    *(
        "registry",
        "replace-registry-host",
        "nodejs-org-mirror",
        "proxy",
        "https-proxy",
        "noproxy",
        "no-proxy",
    ),
    *("ca", "cafile", "cert", "key", "strict-ssl", "local-address", "maxsockets", "user-agent"),
    *("_auth", "_authtoken", "username", "_password", "email", "otp", "auth-type", "always-auth"),
    *("cache", "offline", "prefer-offline", "prefer-online", "logs-dir", "logs-max"),
    *(
        "fetch-timeout",
        "fetch-retries",
        "fetch-retry-factor",
        "fetch-retry-mintimeout",
        "fetch-retry-maxtimeout",
    ),
)


@dataclass(frozen=True)
class Registry:
    """Name an npm registry and how it is spoken to."""

    url: str
    headers: Mapping[str, str]
    cafile: str = ""


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return npm's settings, by the names that `.npmrc` uses."""
    given = {
        _key(name): value for name, value in environ.items() if name.lower().startswith(PREFIX) and value
    }
    return _read(Path(_user_file(environ)), environ) | _read(Path(".npmrc"), environ) | given


def personal_file(environ: Mapping[str, str]) -> str:
    """Return the text of a person's own configuration, without the lines that choose what is made."""
    lines: list[str] = []
    for path in (_setting(environ, "globalconfig"), _user_file(environ)):
        lines += [line for line in _lines(Path(path)) if _is_personal(line.partition("=")[0])] if path else []
    return "".join(f"{line}\n" for line in lines)


def personal_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without those of npm's variables that choose what is made."""
    return {
        name: value
        for name, value in environ.items()
        if not name.lower().startswith(PREFIX) or _is_personal(_key(name))
    }


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


def _key(variable: str) -> str:
    """Return the setting that an environment variable stands for."""
    return variable[len(PREFIX) :].lower().replace("_", "-")


def _setting(environ: Mapping[str, str], key: str) -> str:
    return next((value for name, value in environ.items() if name.lower() == PREFIX + key), "")


def _user_file(environ: Mapping[str, str]) -> str:
    return _setting(environ, "userconfig") or str(Path.home() / ".npmrc")


def _is_personal(key: str) -> bool:
    """True for what says how a registry is reached; the settings of one host begin with `//`, those of a scope with `@`."""
    key = key.strip().removesuffix("[]").lower()
    return key in PERSONAL or key.startswith("//") or (key.startswith("@") and key.endswith(":registry"))


def _lines(path: Path) -> list[str]:
    """Return the lines of a file as npm reads it, whatever its comments are written in."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []


def _read(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Parse an ini file without sections; `${NAME}` stands for an environment variable."""
    found = {}
    for line in _lines(path):
        key, equals, value = line.partition("=")
        if equals and not key.lstrip().startswith(("#", ";")):
            value = value.strip().strip("\"'")
            found[key.strip()] = re.sub(
                r"\$\{([^}]+)\}", lambda match: environ.get(match[1], match[0]), value
            )
    return found
