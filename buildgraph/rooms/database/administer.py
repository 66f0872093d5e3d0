"""Administer: a database of the server made and dropped."""

import contextlib

from .server import Address


def create(address: Address, name: str) -> None:
    """Make the database unless it is there; who may enter it need not be able to enter any other."""
    import psycopg

    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(address.url("postgresql", name)).close()
        return
    _administer(
        address, "select 1 from pg_database where datname = %s", name, "create database {} template template0"
    )


def drop(address: Address, name: str) -> None:
    """Drop the database, cutting its sessions off, if it is there."""
    _administer(
        address,
        "select 1 where %s not in (select datname from pg_database)",
        name,
        "drop database {} with (force)",
    )


def _administer(address: Address, done: str, name: str, statement: str) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(address.url("postgresql", "postgres"), autocommit=True) as connection:
        if connection.execute(done, [name]).fetchone() is None:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
