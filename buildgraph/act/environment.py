"""The environment of a command: an allow-list, the same on every machine.

Values that a rule fixes or inherits are part of its identity. The rest are either the same everywhere, or
cannot change what is made: where temporary files go, and, for rules that say that they reach the network, how
it is reached.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping

from buildgraph.exclusions import divided
from buildgraph.layout import HOME, is_exact
from buildgraph.observe.listings import expand
from buildgraph.rules.rooted import ROOT
from buildgraph.rules.values import Rule, Run

IS_WINDOWS = sys.platform == "win32"

FIXED = {
    "PATH": r"C:\Windows\System32;C:\Windows"
    if IS_WINDOWS
    else "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "315532800",
}
"""SOURCE_DATE_EPOCH is 1980-01-01T00:00:00Z, the earliest time that a zip archive can hold."""

MACHINE = (
    "TMPDIR",
    "TMP",
    "TEMP",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "WINDIR",
    "NUMBER_OF_PROCESSORS",
)
"""What a process needs of its machine and what cannot change a result."""

TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI")

PERSON = (
    *("HOME", "USER", "LOGNAME", "SHELL", "EDITOR", "VISUAL", "PAGER", "TZ", "LANG", "DISPLAY", "BROWSER"),
    *(
        "DBUS_SESSION_BUS_ADDRESS",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "WAYLAND_DISPLAY",
        "SSH_AUTH_SOCK",
    ),
)
PERSON_PREFIXES = ("LC_", "XDG_")
BUILDS = ("TZ", "LC_ALL", "PYTHONHASHSEED", "SOURCE_DATE_EPOCH")
"""What is fixed so that two builds are the same: no concern of what a person does on a terminal."""

NETWORK = (
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ),
    *(
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "NETRC",
    ),
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"),
)
NETWORK_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_", "npm_config_")
NPMRC = ".npmrc"
NAMING = (".in", ".txt")
"""Inputs that name variables of their reader's environment: what people write, and what is locked of it."""

NAMED = rb"\$\{(\w+)\}"
"""As npm and pip write it (npm manual, "npmrc"; pip manual, "Requirements File Format")."""


def compose(rule: Rule, environ: Mapping[str, str], root: str) -> dict[str, str]:
    """Return the whole environment of the rule's command; `{root}` in a fixed value stands for the checkout."""
    found = {**FIXED, "HOME": os.path.join(root, HOME)}
    _copy(found, environ, MACHINE)
    if rule.network:
        _copy(found, environ, NETWORK)
        _copy(found, environ, [name for name in environ if name.startswith(NETWORK_PREFIXES)])
        _copy(found, environ, [name for name in _named(rule, environ, root) if name not in found])
    if isinstance(rule, Run):
        _make_personal(found, environ)
    if rule.foreground:
        _copy(found, environ, TERMINAL)
    _copy(found, environ, rule.inherit)
    found.update((name, value.replace(ROOT, root)) for name, value in rule.environment)
    return found


def _make_personal(found: dict[str, str], environ: Mapping[str, str]) -> None:
    """Take out what is fixed for builds, and give what programs on a terminal need from their user."""
    for name in BUILDS:
        del found[name]
    _copy(found, environ, [*PERSON, *(name for name in environ if name.startswith(PERSON_PREFIXES))])
    if not any(name == "LANG" or name.startswith("LC_") for name in found):
        found["LC_ALL"] = FIXED["LC_ALL"]


def _named(rule: Rule, environ: Mapping[str, str], root: str) -> Iterator[str]:
    """Yield the variables by which configuration and requirements name a login: `${NAME}`."""
    user = environ.get("NPM_CONFIG_USERCONFIG") or environ.get("npm_config_userconfig")
    home = environ.get("HOME") or os.path.expanduser("~")
    yield from _names_in(user or os.path.join(home, NPMRC))
    yield from _names_in(os.path.join(root, NPMRC))
    for declared in rule.inputs:
        if divided(declared)[0].endswith(NAMING):
            for path in (declared,) if is_exact(declared) else expand(declared):
                yield from _names_in(os.path.join(root, path))


def _names_in(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return []
    if b"${" not in text:
        return []
    from re import findall  # Few name any.

    return [name.decode() for name in findall(NAMED, text)]


def _copy(found: dict[str, str], environ: Mapping[str, str], names: Iterable[str]) -> None:
    found.update((name, environ[name]) for name in names if name in environ)
