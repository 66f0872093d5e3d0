"""The database answers, or one sentence says why not."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from warehouse.db import check_database, missing_columns, open_engine
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
