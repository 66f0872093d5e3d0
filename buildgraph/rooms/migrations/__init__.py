"""Migrations: Alembic, asked through the database itself; no file on disk says at which revision a database is.

The commands run in the application's environment, since Alembic imports the models, and take Alembic's own settings from
`[tool.alembic]` in pyproject.toml. The database's address is in the environment (the room of the database sets it).
"""

MODULE = "buildgraph.rooms.migrations"
CODE = "buildgraph/rooms/migrations/*.py"  # an input of its tasks, where the library lies in the checkout
