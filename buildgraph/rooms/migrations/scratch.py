"""Scratch: a fresh database next to the one of the environment, for a question whose answer must change nothing."""

import contextlib
import os
import sys
from collections.abc import Iterator

from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

from buildgraph.act.signals import Handled

LONGEST = 63
"""Bytes of a name that PostgreSQL keeps ("Identifiers and Key Words" of its manual)."""


def connect(url: URL | str) -> Connection:
    """Return a connection of the application's own driver that commits each statement."""
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()


@contextlib.contextmanager
def database(variable: str) -> Iterator[None]:
    """Make an empty database on the server that a variable names, have the variable name it for a block of code, and drop it."""
    before = os.environ[variable]
    url = make_url(before)
    end = f"_check_{os.getpid()}"
    name = (url.database or "").encode()[: LONGEST - len(end)].decode(errors="ignore") + end
    # Asked to end, this process still drops what it made.
    with Handled(lambda number: sys.exit(128 + number)):
        try:
            _administer(
                url, name, "drop database if exists {} with (force)", "create database {} template template0"
            )
            os.environ[variable] = url.set(database=name).render_as_string(hide_password=False)
            yield
        finally:
            os.environ[variable] = before
            _administer(url, name, "drop database if exists {} with (force)")


def _administer(url: URL, name: str, *statements: str) -> None:
    with connect(url.set(database="postgres")) as connection:
        quoted = connection.dialect.identifier_preparer.quote_identifier(name)
        for statement in statements:
            connection.exec_driver_sql(statement.format(quoted).replace("%", "%%"))
