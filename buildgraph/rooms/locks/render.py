"""Render: the text of constraints.txt, graph.jsonl and each group's file, and the way back.

Formats. A requirements file as pip reads it, one pin with its digests per entry; the header's lines start with `# key: value`.
The graph is JSON Lines. Each group's file carries the digest of its own body, so that a hand edit is told from an old state.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from .closure import Pin
from .requirement import version_at

WRITTEN_BY = "# Written by `doit locks`"
CONTINUED = " \\\n    "


@dataclass(frozen=True)
class Entry:
    """A pinned package: the requirement text pip installs (`name==1` or `name @ url`) and its digests."""

    name: str
    text: str
    hashes: tuple[str, ...]

    @property
    def version(self) -> str:
        """Return what follows `==`, or the version of the wheel at the address that follows `@`."""
        _, at, url = self.text.partition("@")
        return version_at(url.strip()) if at else self.text.partition("==")[2]

    @property
    def address(self) -> str:
        """Return the address of a wheel that is pinned by one, "" for a release of an index."""
        return self.text.partition("@")[2].strip()


def parse_entries(text: str) -> dict[str, Entry]:
    """Read pinned requirements with `--hash` options, by normalized name; markers are dropped."""
    entries: dict[str, Entry] = {}
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split(" --hash=")
        requirement = words[0].split(" ;")[0].split(" # ")[0].strip()
        if not requirement or requirement.startswith(("#", "-")):
            continue
        name = canonicalize_name(re.split(r"\[|==|@", requirement)[0].strip())
        entries[name] = Entry(name, requirement, tuple(word.strip() for word in words[1:]))
    return entries


def parse_header(text: str) -> dict[str, str]:
    """Read the `# key: value` lines at the head of a file, up to the first line that is not a comment."""
    header = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        key, colon, value = line[1:].strip().partition(": ")
        if colon:
            header[key] = value
    return header


def render_entries(entries: Iterable[Entry], markers: Mapping[str, str]) -> str:
    """Return the entries as a requirements file, each with its marker if it has one."""
    blocks = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        marker = markers.get(entry.name, "")
        head = f"{entry.text} ; {marker}" if marker else entry.text
        blocks.append(CONTINUED.join([head, *(f"--hash={value}" for value in entry.hashes)]) + "\n")
    return "".join(blocks)


def render_constraints(header: Mapping[str, str], entries: Iterable[Entry]) -> str:
    """Return constraints.txt: what was asked, then every pin with every digest."""
    lines = [
        f"{WRITTEN_BY}; do not edit.",
        *(f"# {key}: {value}" for key, value in header.items()),
    ]
    return "\n".join(lines) + "\n" + render_entries(entries, {})


def render_group(source: str, entries: Iterable[Entry], markers: Mapping[str, str]) -> str:
    """Return a group's file; it installs alone with `pip install --require-hashes --no-deps -r`."""
    body = render_entries(entries, markers)
    return f"{WRITTEN_BY} from {source}; do not edit.\n# body: {digest(body)}\n{body}"


def is_foreign(text: str) -> bool:
    """Tell whether a lock file is another tool's, or somebody's own, and not one that was edited since it was written."""
    return not text.startswith(WRITTEN_BY) and "body" not in parse_header(text)


def was_edited(text: str) -> bool:
    """Tell whether a group's file differs from what was written."""
    lines = text.splitlines(keepends=True)
    body = "".join(line for line in lines if not line.startswith("#"))
    return parse_header(text).get("body") != digest(body) or text != "".join(lines[:2]) + body


def render_graph(pins: Iterable[Pin]) -> str:
    """Return the graph, one package a line, sorted."""
    return "".join(
        json.dumps({"name": pin.name, "version": pin.version, "requires": list(pin.requires)}) + "\n"
        for pin in sorted(pins, key=lambda pin: pin.name)
    )


def parse_graph(text: str) -> dict[str, Pin]:
    """Read the graph back, by name."""
    rows = (json.loads(line) for line in text.splitlines() if line.strip())
    return {row["name"]: Pin(row["name"], row["version"], tuple(row["requires"])) for row in rows}


def digest(text: str) -> str:
    """Return the digest of a text, as pip writes digests."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
