"""Members: services and libraries that lie in the checkout, each a folder with a pyproject.toml of its own.

Theory of operation. While `dodo.py` loads, the folders of `KINDS` are listed and the pyproject.toml files in them are read (`found`);
the engine notes both, so a member that comes or goes, or says something else, defines the graph anew, and nothing else does. From
the values each member gets its tasks (`tasks`), its group of the locks and its place on the path of the environment: `dodo.py`
hands those to the rooms. Members use one another by name and always as they are in the checkout. Who may use whom is data,
too (`Kind.uses`); from it and from the layout come the contracts that imports are held to (`contracts`).

The alternative that lost: to take any name among a member's dependencies that happens to be a member for one. What is renamed
or removed would then be asked of an index, where the name can be somebody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from buildgraph.rules.command import Command
from buildgraph.rules.word import to_word

from .procfile import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

MODULE = "buildgraph.members"
CODE = ("buildgraph/*.py", "buildgraph/rules/*.py", "buildgraph/members/*.py")
WHEELS = "wheels"
GIVEN = {
    **dict.fromkeys(("tasks", "tests", "wheels", "bundles", "deployments", "releases", "lints"), "given"),
    **{"find": "looking", "Bundle": "bundled", "Services": "served"},
}
"""What `dodo.py` calls, and the module that has it."""


@dataclass(frozen=True)
class Kind:
    """A kind of member: where its members lie, what it is called in a sentence, and which kinds it may use."""

    name: str
    folder: str
    title: str
    uses: tuple[str, ...] = ()


KINDS = (
    Kind("service", "services", "a service", uses=("library", "internal")),
    Kind("library", "libs/shared", "a shared library", uses=("library",)),
    Kind("internal", "libs/internal", "an internal library", uses=("library", "internal")),
)
BY_NAME = {kind.name: kind for kind in KINDS}
UNUSED = ("infra", "internal")
"""Folders of which nothing is imported: descriptions of deployments, and commands of operators."""


@dataclass(frozen=True)
class Root:
    """A package in the top folder of the checkout, to which the rules of a kind apply, too; it may have a `project` (pyproject.toml) of its own."""

    name: str
    kind: str
    project: str = ""

    @property
    def package(self) -> str:
        """Return the name that Python imports."""
        return self.name

    @property
    def sources(self) -> str:
        """Return the folder of the package."""
        return self.name


@dataclass(frozen=True)
class Member:
    """A member: what it requires of an index and what of the others; its layers, the highest first; the variables that set it.

    `addresses` are variables that hold the origin of a service, or of a package of the top folder, while they are served together;
    `programs` are what its Procfile has, by name, `extras` what it requires if it is asked to. A member whose `resolution` has a name is locked apart from the others.
    """

    name: str
    kind: str
    folder: str
    requires: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    programs: tuple[Program, ...] = ()
    owners: tuple[str, ...] = ()
    resolution: str = ""
    extras: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Return the name that Python imports."""
        return self.name.replace("-", "_")

    @property
    def path(self) -> str:
        """Return the folder that Python imports from."""
        return f"{self.folder}/src"

    @property
    def sources(self) -> str:
        """Return the folder of the package."""
        return f"{self.path}/{self.package}"

    @property
    def project(self) -> str:
        """Return its pyproject.toml."""
        return f"{self.folder}/pyproject.toml"

    @property
    def code(self) -> tuple[str, ...]:
        """Return what runs of it, as inputs."""
        return (self.project, f"{self.path}/")

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the folder of its wheel and sdist."""
        return (f"{WHEELS}/{self.name}/",)


@dataclass(frozen=True)
class Locked:
    """What a member was tested with: its hashed file, the Pythons of the locks, and of the members that it uses their pyproject.toml."""

    file: str
    pythons: tuple[str, ...] = ()
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Members:
    """The members of a checkout, by name, its other packages, the `roots`, and who looks after what is not a member's."""

    all: tuple[Member, ...] = ()
    roots: tuple[Root, ...] = ()
    owners: tuple[str, ...] = ()

    def __iter__(self) -> "Iterator[Member]":
        """Yield the members."""
        return iter(self.all)

    @property
    def folders(self) -> dict[str, str]:
        """Return name -> folder, as the locks take them."""
        return {member.name: member.folder for member in self}

    @property
    def libraries(self) -> tuple[Member, ...]:
        """Return the members that others use."""
        return tuple(member for member in self if member.kind != "service")

    @property
    def services(self) -> tuple[Member, ...]:
        """Return the members that say how they run."""
        return tuple(member for member in self if any(each.process == "web" for each in member.programs))

    @property
    def addresses(self) -> dict[str, str]:
        """Return variable → whose origin it holds, of all members."""
        return {variable: name for member in self for variable, name in member.addresses}

    @property
    def packed(self) -> tuple[Member, ...]:
        """Return what is built to wheels: the members, and the packages in the top folder that have a project of their own."""
        tops = (Member(root.name, root.kind, root.sources) for root in self.roots if root.project)
        return (*self.all, *tops)

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the folders that an environment imports from."""
        return tuple(member.path for member in self)

    @property
    def code(self) -> tuple[str, ...]:
        """Return what runs of all members, as inputs."""
        return tuple(path for member in self for path in member.code)

    @property
    def tests(self) -> tuple[str, ...]:
        """Return the tests of all members, as inputs."""
        return tuple(f"{member.folder}/tests/" for member in self)

    @property
    def projects(self) -> tuple[str, ...]:
        """Return the files that say what there is."""
        top = ("pyproject.toml",) if self.owners else ()
        return (*top, *(member.project for member in self))

    @property
    def checks(self) -> tuple[str, ...]:
        """Return the names of the tasks that test each member, and of the one that judges what is written of them."""
        return (*(f"test:{member.name}" for member in self), "owners:check")

    def resolved(self, resolution: str = "") -> "Members":
        """Return the members that one resolution locks: those that ask for it by its name, and what they use of the others."""
        names = [member.name for member in self if member.resolution == resolution]
        return replace(self, all=self.reached(names))

    def reached(self, names: "Iterable[str]") -> "tuple[Member, ...]":
        """Return the members of these names, and those that they use, in the order of all."""
        by_name = {member.name: member for member in self}
        found, rest = set(), list(names)
        while rest:
            name = rest.pop()
            if name not in found:
                found.add(name)
                rest += by_name[name].uses
        return tuple(member for member in self if member.name in found)

    def imports(self, python: str) -> Command:
        """Return the command that holds all imports to the layout; `python` has import-linter."""
        doc = "Check that imports keep to the layout: who may use whom."
        return Command([python, "-m", MODULE, "imports", to_word(self)], tools=CODE, doc=doc)


def wheel(member: Member, python: str, locked: Locked) -> Command:
    """Return the command that builds a member's wheel and sdist and compares its metadata with what is locked; `python` has build, twine and its build backend."""
    words = ["python", "-m", MODULE, "wheel", to_word(member), python, to_word(locked), *member.outputs]
    return Command(words, tools=CODE, tells=True, doc=f"Build the wheel and the sdist of {member.name}.")


def listing(members: Members, constraints: str) -> Command:
    """Return the command that lists the members, draws who uses whom, or tells what may rot."""
    from buildgraph.rules.verbs import option

    graph = option("graph", False, "draw who uses whom")
    stale = option("stale", False, "when each changed, what it holds back, whether its tests have passed")
    words = ["python", "-m", MODULE, "list", to_word(members), constraints]
    doc = "List the members; `--graph` draws who uses whom."
    return Command(words, tools=CODE, options=[graph, stale], network=True, doc=doc)


def owning(members: Members, *files: str) -> Command:
    """Return the command that writes who looks after what, or without files judges what is written."""
    doc = (
        "Write CODEOWNERS and labels from what the members say." if files else "Check CODEOWNERS and labels."
    )
    return Command(["python", "-m", MODULE, "owners", to_word(members), *files], tools=CODE, doc=doc)


def creation() -> Command:
    """Return the command that makes a member."""
    doc = "Make a member: `doit new service NAME`, or `library`."
    return Command(["python", "-m", MODULE, "new"], tools=CODE, arguments=["kind", "member"], doc=doc)


def __getattr__(name: str) -> "Any":
    """Import what works with the values when it is first used (PEP 562)."""
    if name not in GIVEN:
        raise AttributeError(f"module 'buildgraph.members' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"{MODULE}.{GIVEN[name]}"), name)
