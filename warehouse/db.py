"""The database: one engine per process, one session per request, one transaction per session.

A request's transaction is committed when its response is a success or a redirect, and rolled back otherwise.
What a view does outside the database (a stored file) registers its undoing with `request.on_abort`; those run
before the rollback, while the rows still hold their locks, so that nobody else can have taken the place of
what is undone. pyramid_tm with zope.sqlalchemy does the same for any number of databases, but ends the row
lock first.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW
from sqlalchemy import TIMESTAMP, BigInteger, Engine, MetaData, Text, create_engine, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from warehouse.errors import WarehouseError

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
FIRST_FAILURE_STATUS = 400


class Base(DeclarativeBase):
    """The base of every model; names of constraints follow from the columns, so migrations are deterministic."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        int: BigInteger,
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


def open_engine(url: URL) -> Engine:
    """Return an engine; the first query connects."""
    return create_engine(url, pool_pre_ping=True, connect_args={"options": "-c timezone=utc"})


def check_database(engine: Engine) -> None:
    """Raise WarehouseError unless the database answers and has been migrated at least once."""
    try:
        with engine.connect() as connection:
            revision = connection.scalar(text("SELECT to_regclass('alembic_version')"))
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[-1]
        raise WarehouseError(
            f"cannot reach the database of DATABASE_URL: {reason}",
            "Start it with 'doit db', or correct the URL.",
        ) from None
    if revision is None:
        raise WarehouseError(
            f"the database '{engine.url.database}' has no tables", "Run 'doit db' to migrate it."
        )


def transaction_tween_factory(
    handler: Callable[[Request], Response], registry: Any
) -> Callable[[Request], Response]:
    """Wrap every request in a transaction; see the module's docstring."""

    def transaction_tween(request: Request) -> Response:
        session: Session = registry.sessions()
        with ExitStack() as abort:
            abort.callback(session.close)  # first in, last out: the rollback comes after every undoing
            request.db = session
            request.on_abort = abort.callback
            response = handler(request)
            if response.status_code < FIRST_FAILURE_STATUS:
                session.commit()
                abort.pop_all()
        session.close()
        return response

    return transaction_tween


def includeme(config: Configurator) -> None:
    """Give every request its session."""
    config.registry.engine = open_engine(config.registry.warehouse.database_url)
    config.registry.sessions = sessionmaker(config.registry.engine)
    config.add_tween("warehouse.db.transaction_tween_factory", under=EXCVIEW)
