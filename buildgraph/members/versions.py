"""Versions: the one in a pyproject.toml, the next one, and the entry of a changelog, as texts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

from buildgraph.errors import BuildError

LINE = re.compile(r"""^(\s*version\s*=\s*)(["'])([^"'\n]*)(["'])""")
TABLE = re.compile(r"^\s*\[(?P<name>[^\[\]]+)\]")
TITLE = "# Changes\n"
ENTRY = re.compile(r"^## (\S+)", re.MULTILINE)


def version_of(text: str, path: str) -> str:
    """Return the version that a pyproject.toml says; raise BuildError if it is not there as a plain text."""
    version = tomllib.loads(text).get("project", {}).get("version")
    if not isinstance(version, str) or _place(text) is None:
        hint = "Write it there as a text: a release is a commit that changes it."
        raise BuildError("its [project] table has no version", path, hint)
    try:
        Version(version)
    except InvalidVersion:
        raise BuildError(f"'{version}' is not a version", path, "Write it as '1.2.3'.") from None
    return version


def bumped(version: str, part: str) -> str:
    """Return the next version: by its major, minor or patch number; a pre-release becomes what it comes before."""
    before = Version(version)
    major, minor, patch = (*before.release, 0, 0)[:3]
    raised = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    numbers = (major, minor, patch) if before.is_prerelease and part == "patch" else raised[part]
    epoch = f"{before.epoch}!" if before.epoch else ""
    return epoch + ".".join(map(str, numbers))


def with_version(text: str, version: str) -> str:
    """Return the text of a pyproject.toml with another version, and nothing else of it changed."""
    place = _place(text)
    assert place is not None
    lines = text.splitlines(keepends=True)
    lines[place] = LINE.sub(rf"\g<1>\g<2>{version}\g<4>", lines[place])
    changed = "".join(lines)
    assert tomllib.loads(changed)["project"]["version"] == version
    return changed


def with_entry(text: str, version: str, day: str, subjects: Iterable[str]) -> str:
    """Return the text of a changelog with an entry before the others; an empty one gets its title."""
    entry = f"## {version} ({day})\n\n" + "".join(f"- {subject}\n" for subject in subjects)
    head, sign, rest = text.partition("\n## ")
    if not text.strip():
        return f"{TITLE}\n{entry}"
    if not sign:
        return f"{text.rstrip()}\n\n{entry}"
    return f"{head.rstrip()}\n\n{entry}\n## {rest}"


def first_entry(text: str) -> str:
    """Return the version of the first entry of a changelog, "" if it has none."""
    found = ENTRY.search(text)
    return found[1] if found else ""


def _place(text: str) -> int | None:
    """Return the number of the line that says the version."""
    table = ""
    for number, line in enumerate(text.splitlines()):
        if found := TABLE.match(line):
            table = found["name"].strip()
        elif table == "project" and LINE.match(line):
            return number
    return None
