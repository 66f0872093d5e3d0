"""Given: a server that runs already, at the address that the user's own variable has.

Nothing of it is started, stopped or dropped. Tests have a database of their own there, next to the development one.
"""

import os
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from buildgraph.errors import BuildError
from buildgraph.leasing import DEVELOPMENT

from . import Database
from .server import USER, Address

PORT = 5432
LONGEST = 63
"""Bytes of a name that PostgreSQL keeps ("Identifiers and Key Words" of its manual)."""


def read(database: Database, server: str) -> tuple[Address, str]:
    """Return the address of the given server, and the name of the database there; raise BuildError if it does not answer."""
    address, name = parse(os.environ.get(database.variable, ""), database)
    if server != DEVELOPMENT:
        name = f"{name.encode()[: LONGEST - len(server) - 1].decode(errors='ignore')}_{server}"
    _require_answer(address, name, database.variable)
    return address, name


def parse(url: str, database: Database) -> tuple[Address, str]:
    """Return what an address says, in the form of SQLAlchemy or libpq; a database that it does not name is ours."""
    if not url:
        raise BuildError(
            f"'{database.variable}' is not set, and it names the server that is asked for",
            "",
            "Set it to 'postgresql://USER:PASSWORD@HOST:PORT/NAME', or take the server from elsewhere.",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        hint = "Set it to 'postgresql://USER:PASSWORD@HOST:PORT/NAME'."
        raise BuildError(f"'{database.variable}' is not the address of a PostgreSQL server", "", hint)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or parts.hostname or "localhost"
    number = query.pop("port", "") or port or PORT
    address = Address(
        host,
        int(number),
        unquote(parts.password or ""),
        unquote(parts.username or "") or USER,
        urlencode(query),
    )
    return address, unquote(parts.path.lstrip("/")) or database.name


def _require_answer(address: Address, name: str, variable: str) -> None:
    import psycopg

    for database in (name, "postgres"):
        try:
            psycopg.connect(address.url("postgresql", database), connect_timeout=10).close()
        except psycopg.OperationalError as error:
            said = str(error).strip().splitlines()[-1]
        else:
            return
    raise BuildError(
        f"the server of '{variable}' does not let us in: {said}", "", "Start it, or correct its address."
    )
