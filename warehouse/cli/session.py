"""A database session for a command: committed if the command succeeds, closed in any case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

import warehouse.models  # noqa: F401 (relationships name models of other cells)
from warehouse.db import check_database, open_engine
from warehouse.settings import Settings, from_environment


@contextmanager
def open_session() -> Iterator[tuple[Session, Settings]]:
    """Yield a session on a database that answers and has tables, and the settings that name it."""
    settings = from_environment(os.environ)
    engine = open_engine(settings.database_url)
    try:
        check_database(engine)
        with Session(engine) as session, session.begin():
            yield session, settings
    finally:
        engine.dispose()
