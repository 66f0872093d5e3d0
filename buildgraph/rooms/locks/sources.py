"""Sources: the `.in` files that people write, parsed to the lines that mean something.

The grammar is pip's (pip manual, "Requirements File Format"), but a line ends at a line feed only: pip takes U+0085, U+2028 and a form feed in a comment for
an end, too, and installs what follows.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

from .library import Library, expanded, reached, reference
from .requirement import read_requirement, referred

COMMENT = re.compile(r"(^|\s+)#.*$", re.DOTALL)
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


def read_source(
    folder: str,
    group: str,
    libraries: Mapping[str, Library] = NONE,
    groups: Sequence[str] = (),
    within: tuple[str, ...] = (),
) -> Source:
    """Parse requirements/<group>.in; raise BuildError with file and line for what cannot be locked.

    It may take in another of the `groups` (`-r base.in`); `within` are those that it is being taken in by.
    """
    path = f"{folder}/{group}.in"
    try:
        text = read_people_text(path)
    except FileNotFoundError:
        raise BuildError(
            f"there is no '{path}'", path, f"Create it, or take '{group}' out of the groups of dodo.py."
        ) from None
    asked: list[str] = []
    lines: list[tuple[str, str]] = []
    found: dict[str, Library] = {}
    for number, meaning in meanings(text):
        where = f"{path}, line {number}"
        option, other = referred(meaning, groups)
        if other in (group, *within):
            raise BuildError(f"'{meaning}' takes in the group that it is in", where, "Take the line out.")
        if other:
            asked.append(f"{option} {other}")
            if option == "-r":  # a constraint says nothing more: the groups are one resolution
                taken = read_source(folder, other, libraries, groups, (group, *within))
                lines += taken.lines
                found |= {library.name: library for library in taken.libraries}
            continue
        requirement = reference(meaning, libraries, where) or read_requirement(meaning, where)
        asked.append(str(requirement))
        lines += expanded(requirement, libraries, where)
        found |= {library.name: library for library in reached(requirement, libraries)}
    return Source(group, path, tuple(lines), tuple(asked), tuple(found.values()))


def member_source(group: str, library: Library, libraries: Mapping[str, Library]) -> Source:
    """Return what a member asks for: what its pyproject.toml requires, with that of the libraries among it in their place."""
    itself = Requirement(library.name)
    lines = tuple(expanded(itself, libraries, library.path))
    return Source(group, library.path, lines, (str(itself),), tuple(reached(itself, libraries)))


def meanings(text: str) -> Iterator[tuple[int, str]]:
    """Yield what each logical line says without its comment, with the number of its first line.

    A backslash at the end continues a line; not that of a comment line, which pip ends there, too.
    """
    begin = 0
    parts: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        begin = begin if parts else number
        is_comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not is_comment:
            parts.append(line[:-1])
            continue
        whole, parts = "".join([*parts, f" {line}" if is_comment else line]), []
        if meaning := COMMENT.sub("", whole).strip():
            yield begin, meaning
    if meaning := COMMENT.sub("", "".join(parts)).strip():
        yield begin, meaning
