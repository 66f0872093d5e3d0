"""Usable: what is locked can be installed without building anything: by every Python that needs it, and on this machine.

A lock serves other platforms, too, and few packages have wheels for all of them: those that lack one are told, not refused.
"""

import platform
import sys
from collections.abc import Iterable, Mapping, Sequence

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, platform_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from buildgraph.errors import BuildError

from . import Locks
from .closure import Asked, all_lines, closure, parse
from .conflict import places
from .environments import LAST, Environments, declared
from .sources import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .resolve import Resolution

BUILD = (
    "Ask for another release or package; or have it built from its source archive ('builds' of the locks); or build a wheel "
    "of it once ('pip wheel --no-deps {}'), put it where everybody can fetch it, and write its address with its digest: "
    "'{} @ https://…#sha256=…'."
)
BUILD_THEM = (
    "Ask for other releases or packages; or have them built from their source archives ('builds' of the locks: {}); or build a wheel "
    "of each once ('pip wheel --no-deps {}'), put them where everybody can fetch them, and write their addresses with their digests: "
    "'NAME @ https://…#sha256=…'."
)


def refuse_unusable(locks: Locks, sources: tuple[Source, ...], found: "Resolution") -> None:
    """Raise BuildError for a release that some environment needs and cannot install, and for an extra that none has."""
    roots = [line for source in sources for line in source.requirements]
    environments = declared(locks, all_lines(roots, found.pins))
    reached = closure(roots, found.pins, environments)
    builds = {canonicalize_name(name) for name in locks.builds}
    elsewhere, unbuilt = {}, {}
    for name, where in sorted(reached.needed.items()):
        about, version = found.about.get(name, {}), found.pins[name].version
        pythons = environments.releases(where)
        told = f"'{name}=={version}'{_asker(name, reached.asked, sources)}"
        if problem := _python(about.get("python", ""), pythons):
            raise BuildError(f"{told} {problem}", locks.folder, "Ask for another release, or add a marker.")
        tags = {file: _tags(file, version) for file in about.get("files", "").split()}
        if name in builds and any(not file.endswith(".whl") for file in tags):
            continue
        if problem := _wheels(tags, pythons, environments.releases(where & _here(environments))):
            unbuilt[f"{name}=={version}"] = f"{told} {problem}"
        elif lacking := _lacking(tags, where, environments):
            elsewhere[f"{name}=={version}"] = lacking
    _refuse_unbuilt(locks, unbuilt)
    if elsewhere:
        told = "; ".join(f"{name} ({', '.join(lacking)})" for name, lacking in elsewhere.items())
        print(f"without a wheel for other platforms, where it could not be installed: {told}")
    _refuse_extras(sources, found)


def _refuse_unbuilt(locks: Locks, found: Mapping[str, str]) -> None:
    """Raise BuildError that names all releases that have to be built; `found` is release -> what is told of it."""
    if found:
        releases, names = " ".join(found), [release.partition("==")[0] for release in found]
        hint = BUILD_THEM.format(", ".join(names), releases)
        if len(found) == 1:
            hint = BUILD.format(releases, *names)
        raise BuildError("; ".join(found.values()), locks.folder, hint)


def _python(required: str, pythons: Iterable[str]) -> str:
    """Return what is wrong with a release's Requires-Python for these Pythons."""
    specifier = SpecifierSet(required)
    refused = [
        _minor(python)
        for python in pythons
        if not any(specifier.contains(each) for each in (python, f"{_minor(python)}.{LAST}"))
    ]
    return f"needs Python {required}, but the lock is for {', '.join(refused)}" if refused else ""


def _wheels(files: dict[str, frozenset[Tag]], pythons: Iterable[str], here: Iterable[str]) -> str:
    """Return what is wrong with a release's files for these Pythons, and on this machine; what has none is locked by its address."""
    if not files:
        return ""
    tags = frozenset[Tag]().union(*files.values())
    if not tags:
        return "has no wheel, and environments are made of wheels"
    offered = {(tag.interpreter, tag.abi) for tag in tags}
    if refused := [_minor(python) for python in pythons if not offered & _taken(python)]:
        return f"has no wheel for Python {', '.join(refused)}"
    offered = {(tag.interpreter, tag.abi) for tag in tags if tag.platform in {"any", *platform_tags()}}
    if refused := [_minor(python) for python in here if not offered & _taken(python)]:
        return f"has no wheel for {platform.system()} on {platform.machine()} (Python {', '.join(refused)})"
    return ""


def _tags(file: str, version: str) -> frozenset[Tag]:
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


def _here(environments: Environments) -> int:
    """Return the environments of this machine; none if it is not among those that a lock serves."""
    machine = sys.platform, platform.machine()
    return environments.of([each for each in environments.platforms if (each[0], each[3]) == machine])


def _lacking(files: dict[str, frozenset[Tag]], where: int, environments: Environments) -> list[str]:
    """Return the platforms that need a release and have no wheel of it."""
    found = {tag.platform for tags in files.values() for tag in tags}
    needed = [each for each in environments.platforms if where & environments.of([each])]
    return [f"{each[2]} {each[3]}" for each in needed if found and not any(_fits(each, tag) for tag in found)]


def _fits(machine: Sequence[str], tag: str) -> bool:
    """Tell whether a wheel's platform tag is of this kind of machine, in whatever version."""
    system, _, _, name = machine
    if system == "linux":
        return tag == "any" or ("linux" in tag and tag.endswith(name))
    if system == "darwin":
        both = ("universal2", "universal", *(("intel", "fat64") if name == "x86_64" else ()))
        return tag == "any" or (tag.startswith("macosx") and tag.endswith((name, *both)))
    return tag in ("any", "win_amd64")


def _refuse_extras(sources: tuple[Source, ...], found: "Resolution") -> None:
    """Raise for an extra that somebody wrote and the release does not have; it would bring in nothing."""
    for where, line in (each for source in sources for each in source.lines):
        requirement = parse(line)
        name = canonicalize_name(requirement.name)
        extras = found.about.get(name, {}).get("extras")
        if extras is None:
            continue
        for extra in sorted(requirement.extras):
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
