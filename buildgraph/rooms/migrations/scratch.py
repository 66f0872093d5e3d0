"""Scratch: a fresh database next to the one of the environment, for a question whose answer must change nothing."""

import contextlib
import os
import sys
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit

from buildgraph.act.signals import Handled

from .address import libpq

LONGEST = 63
"""Bytes of a name that PostgreSQL keeps ("Identifiers and Key Words" of its manual)."""


@contextlib.contextmanager
def database(variable: str) -> Iterator[None]:
    """Make an empty database on the server of the environment, have the environment name it for a block of code, and drop it."""
    url = os.environ[variable]
    before = unquote(urlsplit(url).path.lstrip("/"))
    end = f"_check_{os.getpid()}"
    name = before.encode()[: LONGEST - len(end)].decode(errors="ignore") + end
    # Asked to end, this process still drops what it made.
    with Handled(lambda number: sys.exit(128 + number)):
        try:
            _administer(
                url, name, "drop database if exists {} with (force)", "create database {} template template0"
            )
            os.environ[variable] = urlsplit(url)._replace(path=f"/{quote(name, safe='')}").geturl()
            yield
        finally:
            os.environ[variable] = url
            _administer(url, name, "drop database if exists {} with (force)")


def _administer(url: str, name: str, *statements: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(libpq(url), dbname="postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
