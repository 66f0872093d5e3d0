"""Locks: every requirements/*.in pinned in one resolution, written as one hashed file per group.

Theory of operation. One run of pip-compile over all groups picks one version per package and collects the digests of its
files (`resolve`). The same run tells what each picked package requires (`capture`). From these two each group's file is
derived, without a resolver, as the closure of its requirements in every declared environment (`environments`, `closure`,
`render`), so a file locked on one platform is complete on the others. What is on disk is compared with what the inputs
say before anything is resolved (`status`): an unchanged tree costs no network. An upgrade can be tested before it is written:
what fails is found in few runs and held back (`implications`, `bisect`, `trial`, `holds`).

The alternatives that lost: compiling each group alone (one package gets two versions), reading the "# via" comments
(extras are lost in them), one digest over all inputs (parallel branches always conflict on it).
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from buildgraph.errors import BuildError
from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import option
from buildgraph.rules.word import to_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MODULE = "buildgraph.rooms.locks"
CODE = code("locks", "act")
WRITTEN = "constraints"  # what a resolution writes besides a file for each group
MEMBERS = "members"  # the folder of the files of members


@dataclass(frozen=True)
class Locks:
    """One resolution: the folder of the `.in` files, its groups, and the Python versions that a lock must serve.

    Groups that contradict each other are two of these, with a folder each. `libraries` are folders of the checkout with a
    pyproject.toml: what they require is locked with the groups that name them. `members` (name -> folder) are libraries,
    too, each of which is a group of its own. `platforms` are those that the lock is for
    ("linux", or with the machine "linux x86_64"); none means all.
    `builds` are the packages that may have source archives only: the room of wheels builds them.
    """

    groups: tuple[str, ...]
    pythons: tuple[str, ...]
    folder: str = "requirements"
    libraries: tuple[str, ...] = ()
    members: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise BuildError for groups whose files would be taken for others."""
        for group in self.groups:
            if group == WRITTEN or "/" in group or self.groups.count(group) > 1:
                raise BuildError(
                    f"'{group}' cannot be a group: another group would have the same file",
                    self.folder,
                    "Give each group of a resolution a name of its own; another resolution takes another folder.",
                )

    @property
    def oldest(self) -> str:
        """Return the oldest release that every pin must admit."""
        return f"{self.pythons[0]}.0"

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the files written by people."""
        libraries = (posixpath.normpath(f"{folder}/pyproject.toml") for folder in self.folders)
        return (*(f"{self.folder}/{group}.in" for group in self.groups), *libraries)

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files written by the resolution: pins, graph and one hashed file per group."""
        return (self.constraints, self.graph, *(self.file(group) for group in self.every_group))

    @property
    def every_group(self) -> tuple[str, ...]:
        """Return the groups and those of the members, each of which has a hashed file."""
        return (*self.groups, *(f"{MEMBERS}/{name}" for name in self.members))

    @property
    def folders(self) -> tuple[str, ...]:
        """Return the folders of the libraries, those of members among them."""
        return (*self.libraries, *self.members.values())

    @property
    def all(self) -> tuple[str, ...]:
        """Return what people wrote and what the resolution wrote."""
        return (*self.sources, *self.files)

    @property
    def constraints(self) -> str:
        """Return the file of all pins with all hashes."""
        return f"{self.folder}/{WRITTEN}.txt"

    @property
    def graph(self) -> str:
        """Return the file of the requirements of each pin, one JSON object a line."""
        return f"{self.folder}/graph.jsonl"

    @property
    def holds(self) -> str:
        """Return the file of the releases that upgrades leave out."""
        return f"{self.folder}/holds.toml"

    def file(self, group: str) -> str:
        """Return the hashed file of a group."""
        return f"{self.folder}/{group}.txt"

    def hashed(self, without: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the hashed files of the groups and members, but for some."""
        return tuple(self.file(group) for group in self.every_group if group not in without)

    @property
    def compile(self) -> Command:
        """Return the command that brings the locks up to date, resolving only if an input moved."""
        return self._command("compile", network=True, options=[REWRITE])

    @property
    def adopt(self) -> Command:
        """Return the command that takes over the pins of hashed files that another tool wrote."""
        doc = "Take over the pins of files that another tool wrote."
        return self._command("adopt", doc=doc, network=True, options=[MOVING], arguments=True)

    @property
    def check(self) -> Command:
        """Return the command that verifies the locks."""
        return self._command("check", doc="Verify the locks without network and without a resolver.")

    @property
    def verify(self) -> Command:
        """Return the command that resolves again and raises where something else comes out."""
        doc = "Resolve again as of the recorded time, and compare."
        return self._command("verify", doc=doc, network=True, foreground=True)

    @property
    def oracle(self) -> Command:
        """Return the command that has other resolvers select each group."""
        doc = "Have pip and uv select each group's packages, and compare."
        return self._command("oracle", doc=doc, network=True, foreground=True)

    def upgrade(self, environment: str = "", make: Sequence[str] = (), test: Sequence[str] = ()) -> Command:
        """Return the command that upgrades the locks and reports.

        An upgrade can be tested if it is said in which environment the tests run, by what command that is made, and what
        command runs them. What variables the tests' command has, this one has, too.
        """
        trial = Trial(environment, tuple(make), tuple(test))
        words = [f"--trial={to_word(trial)}"] if environment else []
        own = self._command("upgrade", *words, network=True, options=UPGRADE_OPTIONS, arguments=True)
        return own(environment=test.environment, inherit=test.inherit) if isinstance(test, Command) else own

    def _command(self, verb: str, *words: str, **more: "Any") -> Command:
        return Command(["python", "-m", MODULE, verb, to_word(self), *words], tools=CODE, **more)


@dataclass(frozen=True)
class Trial:
    """Name the environment that the tests run in, the command that makes it, and the command that runs them.

    An upgrade is tested by the same commands, in an environment of its own: see `trial`.
    """

    environment: str
    make: tuple[str, ...]
    test: tuple[str, ...]


REWRITE = option("rewrite", False, "replace lock files that were edited by hand")
MOVING = option("moving", False, "let pins move that cannot stay")
UPGRADE_OPTIONS = (
    option("days", 7, "how old a release has to be"),
    option("test", False, "run the tests first, and hold back what fails them"),
    option("timeout", "", "seconds after which a run of the tests has failed"),
    # A release that nobody repaired, or a test that nobody adapted, in a month is worth another look.
    option("hold", 30, "days for which a release that failed is held back"),
)


def tasks(
    locks: Locks, name: str = "locks", upgrade: "Command | None" = None, **more: "Any"
) -> "Iterator[dict]":
    """Yield the task that makes the locks, those that judge them as they are, and `upgrade` (of more than one `Locks`: `NAME:upgrade`).

    What `more` says of how packages are found (`environment`, `inherit`) is said to all that ask for some. `upgrade` is `locks.upgrade(…)` with
    what tests it; without one nothing is tested.
    """
    from buildgraph.rules.verbs import check, rule, run

    doc = f"Pin {locks.folder}/*.in, with hashes, in one resolution."
    inputs, outputs = locks.sources, locks.files
    asks = {key: value for key, value in more.items() if key in ("environment", "inherit")}
    yield rule(basename=name, doc=doc, inputs=inputs, outputs=outputs, command=locks.compile, **more)
    yield run(basename=f"{name}:adopt", needs=[], command=locks.adopt, **asks)
    yield check(basename=f"{name}:check", judges=locks.all, command=locks.check)
    # These two ask registries, so they run every time.
    yield check(basename=f"{name}:verify", judges=locks.all, command=locks.verify, always=True, **asks)
    yield check(basename=f"{name}:oracle", judges=locks.all, command=locks.oracle, always=True, **asks)
    doc, newer = "Upgrade the locks, all or by name.", upgrade or locks.upgrade()
    own = "upgrade" if name == "locks" else f"{name}:upgrade"
    yield run(basename=own, doc=newer.doc or doc, needs=[name], command=newer, **asks)
