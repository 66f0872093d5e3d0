"""Sources: the `.in` files that people write, parsed to the lines that mean something."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from buildgraph.errors import BuildError


@dataclass(frozen=True)
class Source:
    """A group's requirements, as canonical PEP 508 text, with the line each stands on."""

    group: str
    path: str
    lines: tuple[tuple[int, str], ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """Return the requirements in the order of the file."""
        return tuple(text for _, text in self.lines)

    @property
    def digest(self) -> str:
        """Return a digest of what the file asks for: comments, blanks and order do not count."""
        text = "\n".join(sorted(self.requirements))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def read_source(folder: str, group: str) -> Source:
    """Parse requirements/<group>.in; raise BuildError with file and line for what cannot be locked."""
    path = f"{folder}/{group}.in"
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(
            f"there is no '{path}'", path, f"Create it, or take '{group}' out of the groups of dodo.py."
        ) from None
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        meaning = line.split(" #")[0].strip()
        if meaning and not meaning.startswith("#"):
            lines.append((number, _canonical(meaning, f"{path}, line {number}")))
    return Source(group, path, tuple(lines))


def _canonical(text: str, where: str) -> str:
    if text.startswith("-"):
        raise BuildError(
            f"'{text}' is an option, and a locked group takes requirements only",
            where,
            "List what the group itself imports; index options belong into your own pip configuration.",
        )
    if any(f"{scheme}+" in text for scheme in ("git", "hg", "svn", "bzr")):
        raise BuildError(
            f"'{text}' names a repository, which cannot be pinned by digest",
            where,
            "Name a release, or an archive: 'name @ https://…/name.tar.gz#sha256=…'.",
        )
    try:
        return str(Requirement(text))
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise BuildError(
            f"'{text}' is not a requirement: {reason}", where, "Write it as PEP 508 says: name[extra]>=1.2."
        ) from None
