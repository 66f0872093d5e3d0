"""How Alembic reaches the tables: the models as they should be, the database as it is.

A caller that has a connection (the tests) passes it as `config.attributes["connection"]`; otherwise
DATABASE_URL names the database, and a missing or wrong one ends in a sentence.
"""

import os
import sys

from alembic import context
from sqlalchemy.engine import Connection

from warehouse.db import open_engine
from warehouse.errors import WarehouseError
from warehouse.models import Base
from warehouse.settings import database_url


def migrate(connection: Connection) -> None:
    """Run what Alembic was asked for, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=False,
        include_name=_is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Leave the tables of the queue to its library."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def print_statements() -> None:
    """Print the SQL instead of running it (`--sql`)."""
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Choose between printing, a given connection and the database of the environment."""
    if context.is_offline_mode():
        print_statements()
    elif connection := context.config.attributes.get("connection"):
        migrate(connection)
    else:
        with open_engine(database_url(os.environ)).connect() as connection:
            migrate(connection)


try:
    main()
except WarehouseError as error:
    sys.exit(str(error))
