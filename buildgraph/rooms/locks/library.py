"""Library: a package whose sources lie in the checkout. Its requirements are locked, and it is not.

A folder has no digest that an installer could compare, so a library stands in no group's file: what it requires does, read
from the static part of its pyproject.toml (PEP 621). Nothing is built to learn it, and no index is asked for its name: a
requirement of that name means the checkout's, in another library, too.
"""

import hashlib
import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildgraph.errors import BuildError

from .requirement import read_requirement

# `./libs/thing[extra]`, `-e ./libs/thing`, `thing[extra] @ ./libs/thing`
LINE = re.compile(
    r"(?:(?:-e|--editable)[ =]\s*)?(?:(?P<name>[\w.-]+)\s*(?:\[(?P<named>[^]]*)\]\s*)?@\s*)?"
    r"(?P<path>\.{1,2}(?:/[^\s\[]*)?)(?:\[(?P<extras>[^]]*)\])?"
)


@dataclass(frozen=True)
class Library:
    """A folder with a pyproject.toml: its name, and what it requires, by extra ("" for none)."""

    name: str
    path: str
    requires: Mapping[str, tuple[str, ...]]

    @property
    def digest(self) -> str:
        """Return a digest of what it requires; everything else in its pyproject.toml does not count."""
        text = "\n".join(
            f"{extra}: {line}" for extra, lines in sorted(self.requires.items()) for line in lines
        )
        return "sha256:" + hashlib.sha256(f"{self.name}\n{text}".encode()).hexdigest()


def read_libraries(folders: Iterable[str]) -> dict[str, Library]:
    """Read the libraries in these folders, by normalized name; raise BuildError for what only a build could tell."""
    found = (_read(posixpath.normpath(folder)) for folder in folders)
    return {library.name: library for library in found}


def reference(text: str, libraries: Mapping[str, Library], where: str) -> Requirement | None:
    """Return the requirement that a line with a path stands for, None for any other line; raise for an unknown path."""
    found = LINE.fullmatch(text)
    if not found:
        return None
    path = f"{posixpath.normpath(found['path'])}/pyproject.toml".removeprefix("./")
    for library in libraries.values():
        if library.path == path:
            break
    else:
        raise BuildError(
            f"'{text}' is not among the libraries that dodo.py names",
            where,
            "Add its folder to `libraries` of Locks: the graph has to follow its pyproject.toml.",
        )
    if found["name"] and canonicalize_name(found["name"]) != library.name:
        raise BuildError(f"'{text}' is named '{library.name}' in '{path}'", where, "Write it by that name.")
    extras = ",".join(each for each in (found["named"], found["extras"]) if each)
    return Requirement(f"{library.name}[{extras}]")


def expanded(
    requirement: Requirement, libraries: Mapping[str, Library], where: str
) -> Iterator[tuple[str, str]]:
    """Yield what an index has to be asked for, as (where it is written, text); a library stands for what it requires."""
    todo, seen = [(where, requirement)], set()
    while todo:
        place, wanted = todo.pop(0)
        library = libraries.get(canonicalize_name(wanted.name))
        if library is None:
            yield place, str(wanted)
            continue
        for extra in ("", *sorted(canonicalize_name(extra) for extra in wanted.extras)):
            if (library.name, extra, str(wanted.marker)) in seen:
                continue
            seen.add((library.name, extra, str(wanted.marker)))
            if extra not in library.requires:
                raise BuildError(f"'{library.path}' has no extra '{extra}'", place, "Name one that it has.")
            lines = (Requirement(line) for line in library.requires[extra])
            for_whom = "" if where == library.path else f", for {where}"
            todo += [(f"{library.path}{for_whom}", _only_where(line, wanted.marker)) for line in lines]


def reached(requirement: Requirement, libraries: Mapping[str, Library]) -> Iterator[Library]:
    """Yield the libraries that a requirement brings in."""
    todo, seen = [requirement.name], set()
    while todo:
        library = libraries.get(canonicalize_name(todo.pop()))
        if library and library.name not in seen:
            seen.add(library.name)
            yield library
            todo += [Requirement(line).name for lines in library.requires.values() for line in lines]


def _only_where(requirement: Requirement, marker: Marker | None) -> Requirement:
    """Return a requirement that holds where its own marker and another one hold."""
    if marker:
        requirement.marker = (
            Marker(f"({requirement.marker}) and ({marker})") if requirement.marker else marker
        )
    return requirement


def _read(folder: str) -> Library:
    path = f"{folder}/pyproject.toml".removeprefix("./")
    if path.startswith(("../", "/")):
        raise BuildError(
            f"'{folder}' is outside the checkout", path, "A library is a folder of the checkout."
        )
    try:
        project = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))["project"]
        name = canonicalize_name(project["name"])
    except FileNotFoundError:
        raise BuildError(f"there is no '{path}'", path, "Take it out of the libraries of dodo.py.") from None
    except (KeyError, TypeError):
        raise _unknowable("it has no [project] table with a name", path) from None
    except ValueError as error:
        raise BuildError(f"it cannot be read: {error}", path, "Correct it.") from None
    for key in ("dependencies", "optional-dependencies"):
        if key in project.get("dynamic", ()):
            raise _unknowable(f"its {key} are dynamic", path)
    optional = project.get("optional-dependencies", {})
    lines = {"": project.get("dependencies", ())} | {
        canonicalize_name(key): value for key, value in optional.items()
    }
    return Library(
        name,
        path,
        {extra: tuple(str(read_requirement(line, path)) for line in found) for extra, found in lines.items()},
    )


def _unknowable(what: str, path: str) -> BuildError:
    return BuildError(
        f"{what}, so only a build could tell what it requires, and the next build may differ",
        path,
        "Write them into `dependencies` and `optional-dependencies` of [project].",
    )
