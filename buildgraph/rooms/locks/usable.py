"""Usable: what is locked can be installed, in every environment that needs it, without building anything."""

from collections.abc import Iterable

from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from buildgraph.errors import BuildError

from . import Locks
from .closure import Asked, all_lines, closure, parse
from .conflict import places
from .environments import LAST, Environments
from .sources import Source

BUILD = (
    "Ask for another release or package; or build a wheel of it once ('pip wheel --no-deps {}'), put it where everybody "
    "can fetch it, and write its address with its digest: '{} @ https://…#sha256=…'."
)


def refuse_unusable(locks: Locks, sources: tuple[Source, ...], found) -> None:  # type: ignore[no-untyped-def]
    """Raise BuildError for a release that some environment needs and cannot install, and for an extra that none has."""
    roots = [line for source in sources for line in source.requirements]
    environments = Environments(locks.pythons, all_lines(roots, found.pins))
    reached = closure(roots, found.pins, environments)
    for name, where in sorted(reached.needed.items()):
        about, version = found.about.get(name, {}), found.pins[name].version
        pythons = environments.releases(where)
        told = f"'{name}=={version}'{_asker(name, reached.asked, sources)}"
        if problem := _python(about.get("python", ""), pythons):
            raise BuildError(f"{told} {problem}", locks.folder, "Ask for another release, or add a marker.")
        if problem := _wheels(about.get("files", "").split(), version, pythons):
            raise BuildError(f"{told} {problem}", locks.folder, BUILD.format(f"{name}=={version}", name))
    _refuse_extras(sources, found)


def _python(required: str, pythons: Iterable[str]) -> str:
    """Return what is wrong with a release's Requires-Python for these Pythons."""
    specifier = SpecifierSet(required)
    refused = [
        _minor(python)
        for python in pythons
        if not any(specifier.contains(each) for each in (python, f"{_minor(python)}.{LAST}"))
    ]
    return f"needs Python {required}, and the lock serves {', '.join(refused)}" if refused else ""


def _wheels(files: list[str], version: str, pythons: Iterable[str]) -> str:
    """Return what is wrong with a release's files for these Pythons; what has no files is locked by its address."""
    tags = [tag for file in files for tag in _tags(file, version)]
    if files and not tags:
        return "has no wheel, and environments are made of wheels"
    offered = {(tag.interpreter, tag.abi) for tag in tags}
    refused = [_minor(python) for python in pythons if files and not offered & _taken(python)]
    return f"has no wheel for Python {', '.join(refused)}" if refused else ""


def _tags(file: str, version: str):  # type: ignore[no-untyped-def]
    try:
        _, found, _, tags = parse_wheel_filename(file)
    except InvalidWheelFilename:
        return frozenset()
    return tags if str(found) == version else frozenset()


def _taken(python: str) -> set[tuple[str, str]]:
    """Return the interpreters and ABIs of the wheels that a Python takes, on whatever platform."""
    version = tuple(int(part) for part in python.split(".")[:2])
    interpreter = "cp" + "".join(map(str, version))
    own = cpython_tags(version, abis=[interpreter], platforms=["any"])
    common = compatible_tags(version, interpreter=interpreter, platforms=["any"])
    return {(tag.interpreter, tag.abi) for found in (own, common) for tag in found}


def _refuse_extras(sources: tuple[Source, ...], found) -> None:  # type: ignore[no-untyped-def]
    """Raise for an extra that somebody wrote and the release does not have; it would bring in nothing."""
    for where, line in (each for source in sources for each in source.lines):
        requirement = parse(line)
        name = canonicalize_name(requirement.name)
        extras = found.about.get(name, {}).get("extras")
        for extra in sorted(requirement.extras) if extras is not None else ():
            if canonicalize_name(extra) not in extras.split():
                raise BuildError(
                    f"{name} {found.pins[name].version} has no extra '{extra}'",
                    where,
                    "Name one that it has.",
                )


def _asker(name: str, asked: Iterable[Asked], sources: tuple[Source, ...]) -> str:
    """Return who asks for a package: its lines, or a release and the lines of that."""
    if place := places(name, sources):
        return place
    parent = next((each.parent for each in asked if each.name == name and each.parent), "")
    return f", asked by {parent}{places(parent.partition(' ')[0], sources)}," if parent else ""


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
