"""The database: how it is reached, and the base of all tables."""

from datetime import datetime
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import TIMESTAMP, BigInteger, Engine, MetaData, Text, create_engine, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase

from warehouse import revisions
from warehouse.errors import WarehouseError

MIGRATE = "Run 'doit db' to migrate it, or the command 'upgrade' where there is no doit."
PATH_OPTIONS = "-c timezone=utc -c search_path=public,queue"  # the queue of jobs has a schema of its own
# Of requests, in milliseconds: one transaction that hangs with a lock does not take all threads. Jobs may wait.
IMPATIENT = " -c lock_timeout=10000 -c statement_timeout=30000"
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model; the names of constraints follow from their columns."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        int: BigInteger,
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


def open_engine(url: URL, options: str = "") -> Engine:
    """Return an engine; the first query connects, with further options for the server."""
    return create_engine(url, pool_pre_ping=True, connect_args={"options": PATH_OPTIONS + options})


def conninfo(url: URL, options: str = "") -> str:
    """Return the address for psycopg itself, with further options for the server."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return make_conninfo(address, options=PATH_OPTIONS + options)


def revision_of(engine: Engine) -> str:
    """Return the revision that the database is at, "" for an empty one; raise WarehouseError if it does not answer, or is ahead of this code."""
    try:
        with engine.connect() as connection:
            is_migrated = connection.scalar(text("SELECT to_regclass('alembic_version')"))
            found = is_migrated and connection.scalar(text("SELECT version_num FROM alembic_version"))
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        what = f"cannot reach the database of DATABASE_URL: {reason}"
        raise WarehouseError(what, "Start it with 'doit db', or correct the URL.") from None
    if found and found not in revisions.known():
        what = f"the database '{engine.url.database}' is at revision '{found}', which this code does not know"
        raise WarehouseError(what, "Start the release that migrated it, or a later one.")
    return found or ""


def check_database(engine: Engine) -> None:
    """Raise WarehouseError unless the database answers and is at the newest revision of this code."""
    found, newest = revision_of(engine), revisions.known()[-1]
    if not found:
        raise WarehouseError(f"the database '{engine.url.database}' has no tables", MIGRATE)
    if found != newest:
        what = (
            f"the database '{engine.url.database}' is at revision '{found}', and this code needs '{newest}'"
        )
        raise WarehouseError(what, MIGRATE)


def missing_columns(engine: Engine) -> list[str]:
    """Return the columns that models have and tables lack, as `table.column`; importing `warehouse.models` completes the models."""
    asked = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
    with engine.connect() as connection:
        there = set(connection.scalars(text(asked)))
    tables = Base.metadata.sorted_tables
    return [name for table in tables for column in table.columns if (name := str(column)) not in there]
