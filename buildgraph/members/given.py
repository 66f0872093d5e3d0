"""Given: the tasks of members, as `dodo.py` asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from buildgraph.rules.command import Command, around
from buildgraph.rules.verbs import check, rule, run

from . import CODE, MODULE, Locked, Member, Members, creation, listing, owning, wheel
from .bundled import Bundle, Deployments, bundle_of
from .looking import named_by, python_version
from .owners import FILES
from .released import Publishable, Releases

ALL_PINS = "constraints"
"""The file of all pins: what a package in the top folder was tested with."""


def tasks(
    members: Members, test: Command, inputs: Iterable[str], constraints: str = "requirements/constraints.txt"
) -> Iterator[dict]:
    """Yield what lists the members, what makes a new one, who looks after them, and the tests of each.

    `test` is the command that runs tests, given their folder; `inputs` is what it reads besides: the environment's stamp, settings.
    `constraints` is the file of all pins.
    """
    yield run(basename="members", needs=[], command=listing(members, constraints))
    yield run(basename="new", needs=[], command=creation())
    written = owning(members, *FILES)
    yield rule(basename="owners", inputs=members.projects, outputs=FILES, command=written)
    yield check(basename="owners:check", judges=[*members.projects, *FILES], command=owning(members))
    yield from tests(members, test, inputs)


def tests(members: Members, test: Command, inputs: Iterable[str], resolution: str = "") -> Iterator[dict]:
    """Yield the tests of each member of a resolution, by a command of its environment."""
    common = tuple(inputs)
    for member in members:
        if member.resolution == resolution:
            folder = f"{member.folder}/tests"
            read = [*common, *_code(members.reached([member.name])), f"{folder}/"]
            tested = test(folder, doc=f"Run the tests of {member.name}.")
            yield check(basename=f"test:{member.name}", inputs=read, command=tested)


def wheels(
    members: Members,
    python: str,
    inputs: Iterable[str],
    lock: Callable[[str], str],
    pythons: Iterable[str] = (),
    resolution: str = "",
) -> Iterator[dict]:
    """Yield the wheel of each member of a resolution, and of each package in the top folder that has a project of its own, by the build tools of `python`.

    What they require is compared with the hashed files that `lock` names, and with the locks' Pythons.
    """
    common = tuple(inputs)
    for member in (each for each in members.packed if each.resolution == resolution):
        locked = _locked(members, member, lock, pythons)
        read = [*common, f"{member.folder}/", locked.file, *locked.members.values()]
        yield rule(
            name=member.name, inputs=read, outputs=member.outputs, command=wheel(member, python, locked)
        )


def releases(
    members: Members,
    python: str,
    test: Command,
    lock: Callable[[str], str],
    pythons: Iterable[str] = (),
    needs: Iterable[str] = ("env",),
) -> Iterator[dict]:
    """Yield what publishes a shared library; `test` is the command that runs tests, given their folder."""
    found = {
        each.name: Publishable(
            each, _locked(members, each, lock, pythons), tuple(test(_tests(members, each)))
        )
        for each in members.packed
        if each.kind == "library" and not each.resolution
    }
    others = (*(each.name for each in members), *(root.name for root in members.roots))
    all = Releases(python, found, tuple(name for name in others if name not in found))
    yield run(basename="release", needs=needs, command=all.command)


def _tests(members: Members, member: Member) -> str:
    """Return the folder of the tests of a member, or of a package in the top folder."""
    return f"tests/{member.name}" if member not in members.all else f"{member.folder}/tests"


def _locked(members: Members, member: Member, lock: Callable[[str], str], pythons: Iterable[str]) -> Locked:
    """Return what the metadata of a member is compared with."""
    projects = {each.name: each.project for each in members if each.name in member.uses}
    group = f"members/{member.name}" if member in members.all else ALL_PINS
    return Locked(lock(group), tuple(pythons), projects)


def bundles(
    members: Members,
    python: str,
    inputs: Iterable[str],
    lock: Callable[[str], str],
    tops: Iterable[Bundle] = (),
    resolution: str = "",
) -> Iterator[dict]:
    """Yield the bundle of each service: of those among the members of a resolution, whose hashed files `lock` names, and of packages in the top folder.

    The latter hold the members that the requirements of their hashed files name, too.
    """
    common = tuple(inputs)
    for one in (*_bundles(members, lock, resolution), *_tops(members, tops)):
        read, make = [*common, *one.inputs], one.command(python)
        yield rule(name=one.name, inputs=read, outputs=[one.output], command=make)


def deployments(
    members: Members,
    python: str,
    inputs: Iterable[str],
    lock: Callable[[str], str],
    tops: Iterable[Bundle] = (),
    resolution: str = "",
) -> Iterator[dict]:
    """Yield the check that images and Procfiles start those bundles and nothing else."""
    held = (*_bundles(members, lock, resolution), *_tops(members, tops))
    all = Deployments(held, python_version())
    name = f"deployment:{resolution}" if resolution else "deployment"
    yield check(name=name, inputs=[*inputs, *all.inputs], command=all.check(python))


def _bundles(members: Members, lock: Callable[[str], str], resolution: str) -> Iterator[Bundle]:
    for member in members:
        if member.kind == "service" and member.resolution == resolution:
            yield bundle_of(members, member, lock(f"members/{member.name}"))


def _tops(members: Members, tops: Iterable[Bundle]) -> Iterator[Bundle]:
    for top in tops:
        yield replace(top, members=members.reached(named_by(members, top.locks)))


def lints(
    members: Members,
    python: str,
    commands: Sequence[Command],
    inputs: Iterable[str],
    without: Iterable[str] = (),
) -> Iterator[dict]:
    """Yield the check of all imports, and for each member the commands that check what they are given: its sources and its tests.

    `without` are exclusions from the packages in the top folder: folders in which something is made.
    """
    common = tuple(inputs)
    roots = [f"{root.sources}/**/*.py" for root in members.roots]
    imports = members.imports(python)
    yield check(name="imports", inputs=[*common, *roots, *without, *members.code], command=imports)
    for member in members:
        given = [command(member.path, f"{member.folder}/tests") for command in commands]
        doc = f"Check style, mistakes and types of {member.name}."
        words = ["python", "-m", MODULE, "each", *_joined(given)]
        read = [*common, *_code(members.reached([member.name])), f"{member.folder}/tests/"]
        yield check(name=member.name, inputs=read, command=around(words, *given, tools=CODE, doc=doc))


def _code(members: Iterable[Member]) -> Iterator[str]:
    for member in members:
        yield from member.code


def _joined(commands: Sequence[Command]) -> Iterator[str]:
    """Yield each command's words after their number."""
    for command in commands:
        yield str(len(command))
        yield from command
