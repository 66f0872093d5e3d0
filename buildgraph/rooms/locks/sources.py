"""Sources: the `.in` files that people write, parsed to the lines that mean something."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from buildgraph.errors import BuildError

from .library import Library, expanded, reached, reference
from .requirement import read_requirement

NONE: Mapping[str, Library] = {}


@dataclass(frozen=True)
class Source:
    """A group's requirements, as canonical PEP 508 text, each with the place where it is written.

    `asked` is what the file itself says; `lines` has the requirements of `libraries` in their place.
    """

    group: str
    path: str
    lines: tuple[tuple[str, str], ...]
    asked: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """Return what the group asks an index for, in the order of the file."""
        return tuple(text for _, text in self.lines)

    @property
    def digest(self) -> str:
        """Return a digest of what the file asks for: comments, blanks and order do not count."""
        text = "\n".join(sorted(self.asked))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def read_source(folder: str, group: str, libraries: Mapping[str, Library] = NONE) -> Source:
    """Parse requirements/<group>.in; raise BuildError with file and line for what cannot be locked."""
    path = f"{folder}/{group}.in"
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(
            f"there is no '{path}'", path, f"Create it, or take '{group}' out of the groups of dodo.py."
        ) from None
    asked, lines, found = [], [], {}
    for number, line in enumerate(text.splitlines(), 1):
        meaning = line.split(" #")[0].strip()
        if not meaning or meaning.startswith("#"):
            continue
        where = f"{path}, line {number}"
        requirement = reference(meaning, libraries, where) or read_requirement(meaning, where)
        asked.append(str(requirement))
        lines += expanded(requirement, libraries, where)
        found |= {library.name: library for library in reached(requirement, libraries)}
    return Source(group, path, tuple(lines), tuple(asked), tuple(found.values()))
