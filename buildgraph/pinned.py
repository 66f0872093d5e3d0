"""Pinned: what a hashed file says: packages, each with a version or an address, and the digests of its files (pip manual, "Hash-checking")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HASH = re.compile(r"\s--hash=(\S+)")


@dataclass(frozen=True)
class Pinned:
    """A package that a hashed file pins: its version, or the address that it is locked by, and its digests as `sha256:…`."""

    name: str
    version: str
    address: str
    digests: tuple[str, ...]
    said: str
    """The requirement as it was written, without its marker: `SQLAlchemy==2.1`."""

    @property
    def line(self) -> str:
        """Return the requirement with its digests, as installers read it."""
        return " ".join([self.said, *(f"--hash={digest}" for digest in self.digests)])


def read(text: str, environment: Mapping[str, str] | None = None) -> Iterator[Pinned]:
    """Yield what the text of a hashed file pins in an environment (PEP 508 marker values), or everywhere if there is none."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    for line in text.replace("\\\n", " ").splitlines():
        requirement = HASH.split(line)[0].strip()
        if not requirement or requirement.startswith("#"):
            continue
        parsed = Requirement(requirement)
        if environment and parsed.marker and not parsed.marker.evaluate(dict(environment)):
            continue
        version = "" if parsed.url else str(parsed.specifier).removeprefix("==")
        said = f"{parsed.name} @ {parsed.url}" if parsed.url else f"{parsed.name}{parsed.specifier}"
        digests = tuple(HASH.findall(line))
        yield Pinned(canonicalize_name(parsed.name), version, parsed.url or "", digests, said)
