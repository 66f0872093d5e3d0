"""`python -m warehouse upgrade`: the migrations that lie beside the code, so that a bundle needs nothing else."""

import os

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from warehouse import revisions
from warehouse.db import open_engine, revision_of
from warehouse.settings import database_url

LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtext('migrations'))"
)  # of two at once, the second finds it done


def upgrade() -> None:
    """Bring the database to the newest revision, in one transaction."""
    engine = open_engine(database_url(os.environ))
    try:
        before = revision_of(engine)
        with engine.begin() as connection:
            connection.execute(LOCK)
            config = Config()
            config.set_main_option("script_location", str(revisions.FOLDER).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        after = revision_of(engine)
    finally:
        engine.dispose()
    name = f"The database '{engine.url.database}'"
    print(f"{name} is at '{after}' already." if before == after else f"{name} was brought to '{after}'.")
