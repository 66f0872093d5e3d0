"""Pins: the releases that are to be built, read from the hashed files that pin them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from buildgraph.errors import BuildError
from buildgraph.pinned import read as pinned_in

from . import Wheels


@dataclass(frozen=True)
class Pin:
    """A release and the digests of its archives, as `sha256:…`."""

    name: str
    version: str
    digests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def read_pins(wheels: Wheels, environment: Mapping[str, str]) -> list[Pin]:
    """Return the pin of every package that is to be built in an environment (PEP 508 marker values); raise for one that has none."""
    found: dict[str, Pin] = {}
    pinned: set[str] = set()
    for path in wheels.files:
        text = read(path)
        pinned.update(each.name for each in pinned_in(text))
        for each in pinned_in(text, environment):
            if not each.address:
                found[each.name] = Pin(each.name, each.version, each.digests)
    names = [canonicalize_name(name) for name in wheels.names]
    for name in names:
        if name not in pinned:
            hint = "Take it out of what is built, or name it in a '.in' file."
            raise BuildError(f"'{name}' is to be built, and nothing pins it", " ".join(wheels.files), hint)
    return [found[name] for name in sorted(set(names)) if name in found]


def read(path: str) -> str:
    """Return the text of a hashed file; raise BuildError if it is not there."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(f"there is no '{path}'", "", "Run 'doit locks'.") from None
