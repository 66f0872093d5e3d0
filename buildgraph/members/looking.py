"""Looking: the members that there are, read from the folders of the checkout while `dodo.py` loads; standard library alone."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from buildgraph.errors import BuildError
from buildgraph.suggest import did_you_mean

from . import KINDS, Kind, Member, Members, Root
from .procfile import NAME as PROCFILE
from .procfile import Program, programs

NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
"""The name that a requirement begins with (PEP 508)."""
MEMBER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
EDITABLE = re.compile(r"\s*(?:-e|--editable)[ =]\s*(?:file:)?([^\s\[]+)")
"""A line of a `.in` file that names a folder of the checkout (pip manual, "Requirements File Format")."""
PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
TABLE = "[tool.buildgraph]"
EXTRAS = "optional-dependencies"
SAID = ("members", "layers", "settings", "addresses", "owners", "resolution")
OWNER = re.compile(
    r"@[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?|[^@\s#*/]+@[^@\s#*/]+\.[A-Za-z]+"
)
"""A person, a team or an address of mail, as CODEOWNERS has them."""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def find(
    services: Iterable[str] = (), libraries: Iterable[str] = (), resolutions: Iterable[str] = ()
) -> Members:
    """Return the members of the checkout; raise BuildError for what contradicts itself.

    `services` and shared `libraries` are packages in the top folder: their names are taken, and the rules are theirs, too. `resolutions`
    are those besides the one of the checkout that a member may ask for: `dodo.py` has locks and an environment for each.
    """
    named = (*((name, "service") for name in services), *((name, "library") for name in libraries))
    roots = tuple(Root(name, kind, _project(name)) for name, kind in named)
    members = tuple(sorted(_each(), key=lambda member: member.name))
    _refuse_twins(members, roots)
    _refuse_unknown(members)
    _refuse_cycle(members)
    _refuse_addresses(members, roots)
    _refuse_resolutions(members, tuple(resolutions))
    return Members(members, roots, _owners_of_all())


def named_by(members: Members, locks: Iterable[str]) -> list[str]:
    """Return the names of the members that the requirements of hashed files name: `-e ./libs/shared/NAME` in the `.in` file of each."""
    folders = {member.folder: member.name for member in members}
    found = []
    for lock in locks:
        try:
            with open(f"{lock.removesuffix('.txt')}.in", encoding="utf-8") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            continue  # The locks say so.
        places = (os.path.normpath(said[1]) for line in lines if (said := EDITABLE.match(line)))
        found += [folders[place] for place in places if place in folders]
    return found


def python_version() -> str:
    """Return the version of Python, as `3.11`, that `.python-version` names; "" if nothing does."""
    try:
        with open(".python-version", encoding="utf-8") as file:
            words = file.read().split()
    except FileNotFoundError:
        return ""
    return ".".join(words[0].split(".")[:2]) if words else ""


def normalized(name: str) -> str:
    """Return a name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def misnamed(name: object, where: str = "") -> BuildError:
    """Return the sentence for a name that a member cannot have, with one that it could."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", str(name)).lower()
    proposed = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    better = f" '{proposed}' would do." if MEMBER.fullmatch(proposed) else ""
    hint = f"Begin it with a letter; then small letters, digits and single dashes.{better}"
    return BuildError(f"{name!r} is not a name for a member", where, hint)


def _project(package: str) -> str:
    """Return the pyproject.toml of a package in the top folder, "" if it has none."""
    path = f"{package}/pyproject.toml"
    return path if os.path.isfile(path) else ""


def _each() -> Iterator[Member]:
    for kind in KINDS:
        try:
            names = sorted(os.listdir(kind.folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            folder = f"{kind.folder}/{name}"
            try:
                _refuse_pipe(f"{folder}/pyproject.toml")
                with open(f"{folder}/pyproject.toml", "rb") as file:
                    content = file.read()
            except (FileNotFoundError, NotADirectoryError):
                continue  # A folder without one is not a member.
            except OSError as error:
                hint = "Make it a file that you can read."
                raise BuildError(
                    f"it cannot be read: {error.strerror}", f"{folder}/pyproject.toml", hint
                ) from None
            yield _read(kind, folder, content)


def _refuse_pipe(path: str) -> None:
    """Raise for what would be waited for forever when it is opened."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise BuildError("it is not a file", path, "Make it one, or move it away.")


def _read(kind: Kind, folder: str, content: bytes) -> Member:
    path = f"{folder}/pyproject.toml"
    said = _parsed(content, path)
    project, own = _table(said, ("project",), path), _table(said, ("tool", "buildgraph"), path)
    name = _name(project, folder.rpartition("/")[2], path)
    for key in own:
        if key not in SAID:
            near = did_you_mean(key, SAID) or f"It knows {', '.join(SAID)}."
            raise BuildError(f"the table {TABLE} has no '{key}'", path, near)
    requires = _texts(project, "dependencies", "[project]", path)
    uses = _texts(own, "members", TABLE, path)
    optional = _table(project, (EXTRAS,), path)
    extras = tuple(line for key in optional for line in _texts(optional, key, f"[project.{EXTRAS}]", path))
    member = Member(
        *(name, kind.name, folder, requires, uses, _texts(own, "layers", TABLE, path)),
        owners=_owners(own, path),
        extras=extras,
        resolution=_text(own, "resolution", TABLE, path),
    )
    if kind.name != "service":
        return member
    return replace(
        member,
        settings=_texts(own, "settings", TABLE, path),
        addresses=_addresses(own, path),
        programs=_programs(folder),
    )


def _name(project: Mapping[str, object], folder: str, path: str) -> str:
    """Return the name that a project says; raise if it is not one, or not that of its folder."""
    name = project.get("name")
    if name is None:
        raise BuildError("it has no [project] table with a name", path, f"Write: name = '{folder}'.")
    if not isinstance(name, str) or not MEMBER.fullmatch(name):
        raise misnamed(name, path)
    if name != folder:
        hint = "Give both one name: it is what tasks and locks are named by."
        raise BuildError(f"'{name}' lies in a folder of another name", path, hint)
    return name


def _parsed(content: bytes, path: str) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise BuildError("it is not UTF-8", path, "Save it as UTF-8.") from None
    except RecursionError:
        raise BuildError("it cannot be parsed: it is nested too deeply", path, "Correct it.") from None
    except tomllib.TOMLDecodeError as error:
        text = str(error)
        place = PLACE.search(text)
        where = f"{path}, line {place[1]}, column {place[2]}" if place else path
        what = PLACE.sub("", text).removesuffix(" (at end of document)").rstrip(".")
        raise BuildError(f"it cannot be parsed: {what[:1].lower()}{what[1:]}", where, "Correct it.") from None


def _table(said: object, keys: Sequence[str], path: str) -> dict[str, object]:
    for key in keys:
        said = said.get(key, {}) if isinstance(said, dict) else None
    if not isinstance(said, dict):
        raise BuildError(f"[{'.'.join(keys)}] is not a table", path, "Write it as a table.")
    return said


def _texts(table: Mapping[str, object], key: str, title: str, path: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BuildError(f"'{key}' of {title} is not a list of texts", path, f"Write: {key} = ['…'].")
    return tuple(value)


def _programs(folder: str) -> tuple[Program, ...]:
    """Return the programs of a service, none if it does not say any."""
    path = f"{folder}/{PROCFILE}"
    try:
        with open(path, encoding="utf-8") as file:
            return tuple(programs(file.read(), path))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"it cannot be read: {error}", path, "Make it a text file in UTF-8.") from None


def _addresses(own: Mapping[str, object], path: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `addresses`: a variable, and whose origin it holds."""
    value = own.get("addresses", {})
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        hint = "Write: addresses = { VARIABLE = 'NAME' }."
        raise BuildError(f"'addresses' of {TABLE} is not a table of names", path, hint)
    for variable in value:
        if not VARIABLE.fullmatch(variable):
            raise BuildError(f"'{variable}' is not the name of a variable", path, "Write it in capitals.")
    return tuple(value.items())


def _text(table: Mapping[str, object], key: str, title: str, path: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise BuildError(f"'{key}' of {title} is not a text", path, f"Write: {key} = '…'.")
    return value


def _owners(own: Mapping[str, object], path: str) -> tuple[str, ...]:
    owners = _texts(own, "owners", TABLE, path)
    for owner in owners:
        if not OWNER.fullmatch(owner):
            hint = "Write '@person', '@organization/team' or an address of mail."
            raise BuildError(f"{owner!r} is not an owner", path, hint)
    return owners


def _owners_of_all() -> tuple[str, ...]:
    """Return the owners that the pyproject.toml of the top folder says, none if there is none."""
    path = "pyproject.toml"
    try:
        with open(path, "rb") as file:
            return _owners(_table(_parsed(file.read(), path), ("tool", "buildgraph"), path), path)
    except OSError:
        return ()


def _refuse_twins(members: Sequence[Member], roots: Iterable[Root]) -> None:
    known = {normalized(root.name): f"{root.sources}/" for root in roots}
    for member in members:
        if member.name in known:
            what = f"'{member.name}' is the name of '{known[member.name]}', too"
            raise BuildError(what, member.project, "Rename one of them.")
        known[member.name] = member.project


def _refuse_unknown(members: Sequence[Member]) -> None:
    names = {member.name for member in members}
    for member in members:
        required = _named(member.requires)
        for name in member.uses:
            if name not in names:
                near = (
                    did_you_mean(name, sorted(names))
                    or f"There {'are' if len(names) > 1 else 'is'} {', '.join(sorted(names))}."
                )
                raise BuildError(
                    f"'{member.name}' depends on the member '{name}', which does not exist",
                    member.project,
                    near,
                )
            if name not in required:
                missing = f"Add '{name}' to them, or take it out of the members of {TABLE}."
                raise BuildError(
                    f"the member '{name}' is not among the dependencies", member.project, missing
                )
        for name in sorted((required | _named(member.extras)) & names - {member.name, *member.uses}):
            unsaid = f"Add it to the members of {TABLE}: otherwise, once it has gone, an index would be asked for it."
            raise BuildError(f"the dependency '{name}' is a member", member.project, unsaid)


def _named(requirements: Iterable[str]) -> set[str]:
    """Return the names of requirements."""
    return {normalized(found[1]) for line in requirements if (found := NAME.match(line))}


def _refuse_cycle(members: Sequence[Member]) -> None:
    by_name = {member.name: member for member in members}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            cycle = (*way[way.index(name) :], name)
            what = f"members use one another in a circle: {' → '.join(cycle)}"
            hint = "Move what two of them share into a member that both use."
            raise BuildError(what, by_name[name].project, hint)
        if name not in done:
            for other in by_name[name].uses:
                visit(other, (*way, name))
            done.add(name)

    for member in members:
        visit(member.name, ())


def _refuse_resolutions(members: Sequence[Member], known: Sequence[str]) -> None:
    """Raise for a resolution that `dodo.py` does not have, and for a member that uses one of another resolution than the checkout's."""
    by_name = {member.name: member for member in members}
    for member in members:
        if member.resolution and member.resolution not in known:
            hint = did_you_mean(member.resolution, known) or "Name it there: find(resolutions=[…])."
            raise BuildError(f"dodo.py has no resolution '{member.resolution}'", member.project, hint)
        for name in member.uses:
            if (apart := by_name[name].resolution) not in ("", member.resolution):
                what = f"'{member.name}' uses '{name}', which is locked apart, in the resolution '{apart}'"
                raise BuildError(what, member.project, "Lock both in one resolution.")


def _refuse_addresses(members: Sequence[Member], roots: Iterable[Root]) -> None:
    """Raise for a variable that stands for nobody who can be served."""
    served = [*(root.name for root in roots), *(each.name for each in members if each.kind == "service")]
    for member in members:
        for variable, name in member.addresses:
            if name not in served:
                near = (
                    did_you_mean(name, served)
                    or f"There {'are' if len(served) > 1 else 'is'} {', '.join(served)}."
                )
                raise BuildError(
                    f"'{variable}' holds the address of '{name}', which is not a service",
                    member.project,
                    near,
                )
