"""Migrations: Alembic, asked through the database itself; no file on disk says at which revision a database is.

The commands run in the application's environment, since Alembic imports the models, and take Alembic's own settings from
`[tool.alembic]` in pyproject.toml, or from an alembic.ini. The database's address is in the environment (the room of the database sets it).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from buildgraph.rules.command import Command, code
from buildgraph.rules.verbs import check, option, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODULE = "buildgraph.rooms.migrations"
CODE = code("migrations", "act")


@dataclass(frozen=True)
class Migrations:
    """Name the interpreter that can import the models; its commands need a running database.

    `settings` is the file with Alembic's own settings, a TOML or an INI file, and `variable` holds the database's address.
    """

    python: str
    settings: str = "pyproject.toml"
    variable: str = "DATABASE_URL"

    @property
    def upgrade(self) -> Command:
        """Return the command that brings the database to the newest revision."""
        return self._command("upgrade")

    @property
    def check(self) -> Command:
        """Return the command that fails where models and migrations differ."""
        return self._command("check", doc="Fail where models and migrations differ.", foreground=True)

    @property
    def revise(self) -> Command:
        """Return the command that writes a revision from what differs."""
        doc = "Write a revision from what differs: `doit db:revision -m 'what changed'`."
        return self._command("revision", doc=doc, options=[option("message", ..., "what changed", short="m")])

    @property
    def downgrade(self) -> Command:
        """Return the command that undoes revisions, also those whose files are gone."""
        doc = "Undo the revisions whose files are gone, or the last one, or all after one: `doit db:downgrade 0001`."
        return self._command("downgrade", doc=doc, arguments=["revision"])

    def _command(self, verb: str, **more: "Any") -> Command:
        return Command([self.python, "-m", MODULE, verb, *self._where], tools=CODE, **more)

    @property
    def _where(self) -> list[str]:
        """Return the words that say which settings and which variable count, where they are not the usual ones."""
        given = {"settings": self.settings, "variable": self.variable}
        return [f"--{name}={value}" for name, value in given.items() if value != getattr(Migrations, name)]


def tasks(
    migrations: Migrations,
    beside: Callable[[Command], Command],
    needs: Iterable[str] = ("env",),
    inputs: Iterable[str] = (),
    name: str = "db",
) -> Iterator[dict]:
    """Yield the task that brings the database to the newest revision, and the other verbs, each run `beside` the database (`DATABASE.beside`).

    `inputs` are what the check needs made before it: the stamps of the environment and of the server.
    """
    needs, doc = tuple(needs), "Make the database; bring it to the newest revision."
    yield run(basename=name, doc=doc, needs=needs, command=beside(migrations.upgrade))
    # A database says nothing of its age.
    yield check(basename=f"{name}:check", inputs=inputs, command=beside(migrations.check), always=True)
    yield run(basename=f"{name}:revision", needs=needs, command=beside(migrations.revise))
    yield run(basename=f"{name}:downgrade", needs=needs, command=beside(migrations.downgrade))
