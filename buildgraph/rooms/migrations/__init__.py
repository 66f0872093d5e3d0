"""Migrations: Alembic, asked through the database itself; no file on disk says at which revision a database is.

The commands run in the application's environment, since Alembic imports the models, and take Alembic's own settings from
`[tool.alembic]` in pyproject.toml. The database's address is in the environment (the room of the database sets it).
"""

from buildgraph.rules.command import Command, code

MODULE = "buildgraph.rooms.migrations"
CODE = code("migrations")


def command(python: str, verb: str) -> Command:
    """Return the command for a verb (upgrade, check, revision), run by the application's interpreter."""
    return Command([python, "-m", MODULE, verb], tools=CODE)
