"""The database answers, or one sentence says why not."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from warehouse.db import IMPATIENT, check_database, missing_columns, open_engine
from warehouse.errors import WarehouseError


def test_a_migrated_database_passes(engine: Engine):
    check_database(engine)


def test_an_empty_database_says_to_migrate(server: URL):
    with pytest.raises(WarehouseError) as error:
        check_database(open_engine(server.set(database="template1")))
    assert str(error.value) == "the database 'template1' has no tables. Run 'doit db' to migrate it."


def test_a_migrated_database_lacks_no_column(engine: Engine):
    assert missing_columns(engine) == []


def test_columns_that_only_models_have_are_named(server: URL):
    missing = missing_columns(open_engine(server.set(database="template1")))
    assert {"projects.name", "users.email"} <= set(missing)


def test_an_unreachable_database_says_why(tmp_path: Path):
    url = URL.create("postgresql+psycopg", database="index", query={"host": str(tmp_path)})
    with pytest.raises(WarehouseError, match=r"^cannot reach the database of DATABASE_URL: ") as error:
        check_database(open_engine(url))
    assert error.value.hint == "Start it with 'doit db', or correct the URL."


def test_a_request_does_not_wait_for_a_lock_for_ever(engine: Engine, own_database: URL):
    assert "lock_timeout=10000" in IMPATIENT
    quick = open_engine(own_database, IMPATIENT.replace("10000", "50"))
    lock = select(func.pg_advisory_xact_lock(77))
    with engine.begin() as holder, quick.connect() as waiting:
        holder.execute(lock)
        assert waiting.scalar(text("SHOW statement_timeout")) == "30s"
        with pytest.raises(OperationalError, match="lock timeout"):
            waiting.execute(lock)
    quick.dispose()
