"""Given: the tasks of members, as `dodo.py` asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from buildgraph.rules.command import Command, around
from buildgraph.rules.verbs import check, rule, run

from . import CODE, MODULE, Member, Members, creation, listing, owning, wheel
from .owners import FILES


def tasks(
    members: Members, test: Command, inputs: Iterable[str], constraints: str = "requirements/constraints.txt"
) -> Iterator[dict]:
    """Yield what lists the members, what makes a new one, who looks after them, and the tests of each.

    `test` is the command that runs tests, given their folder; `inputs` is what it reads besides: the environment's stamp, settings.
    `constraints` is the file of all pins.
    """
    common = tuple(inputs)
    yield run(basename="members", needs=[], command=listing(members, constraints))
    yield run(basename="new", needs=[], command=creation())
    written = owning(members, *FILES)
    yield rule(basename="owners", inputs=members.projects, outputs=FILES, command=written)
    yield check(basename="owners:check", judges=[*members.projects, *FILES], command=owning(members))
    for member in members:
        tests = f"{member.folder}/tests"
        read = [*common, *_code(members.reached([member.name])), f"{tests}/"]
        tested = test(tests, doc=f"Run the tests of {member.name}.")
        yield check(basename=f"test:{member.name}", inputs=read, command=tested)


def wheels(members: Members, python: str, inputs: Iterable[str]) -> Iterator[dict]:
    """Yield the wheel of each member, by the build tools of `python`."""
    common = tuple(inputs)
    for member in members:
        read, build = [*common, f"{member.folder}/"], wheel(member, python)
        yield rule(name=member.name, inputs=read, outputs=member.outputs, command=build)


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
