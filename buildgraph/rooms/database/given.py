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
        query = dict(parse_qsl(parts.query))
        port = int(query.pop("port", "") or parts.port or PORT)
    except ValueError:
        parts, query, port = urlsplit(""), {}, PORT
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        hint = "Set it to 'postgresql://USER:PASSWORD@HOST:PORT/NAME'."
        raise BuildError(f"'{database.variable}' is not the address of a PostgreSQL server", "", hint)
    host = query.pop("host", "") or parts.hostname or "localhost"
    address = Address(
        host,
        port,
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
        except (
            psycopg.Error
        ) as error:  # an OperationalError, or a ProgrammingError for a parameter that libpq does not know
            said = _reason(str(error))
        else:
            return
    raise BuildError(
        f"the server of '{variable}' does not let us in: {said}", "", "Start it, or correct its address."
    )


def _reason(said: str) -> str:
    """Return the last line of an error of libpq that says what happened: its questions, which are indented, say what may be wrong."""
    lines = [line for line in said.splitlines() if line.strip() and line[0] != "\t"]
    return lines[-1].strip(" -").removesuffix(".") if lines else "it said nothing"
