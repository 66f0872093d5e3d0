"""The database answers, or one sentence says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from tests.warehouse.databases import alembic_config
from warehouse.db import IMPATIENT, check_database, missing_columns, open_engine
from warehouse.errors import WarehouseError
from warehouse.revisions import known

MIGRATE = "Run 'doit db' to migrate it, or the command 'upgrade' where there is no doit."


def test_a_migrated_database_passes(engine: Engine):
    check_database(engine)


def test_an_empty_database_says_to_migrate(server: URL):
    with pytest.raises(WarehouseError) as error:
        check_database(open_engine(server.set(database="template1")))
    assert str(error.value) == f"the database 'template1' has no tables. {MIGRATE}"


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("0001", f"is at revision '0001', and this code needs '{known()[-1]}'. {MIGRATE}"),
        (
            "later",
            "is at revision 'later', which this code does not know. Start the release that migrated it, or a later one.",
        ),
        (None, f"has no tables. {MIGRATE}"),
    ],
)
def test_a_database_at_another_revision_is_refused(
    engine: Engine, own_database: URL, revision: str | None, message: str
):
    with at_revision(engine, revision), pytest.raises(WarehouseError) as error:
        check_database(engine)
    assert str(error.value) == f"the database '{own_database.database}' {message}"


@contextmanager
def at_revision(engine: Engine, revision: str | None) -> Iterator[None]:
    """Have the database say that it is at another revision."""
    for said in (revision, known()[-1]):
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            if said:
                connection.execute(text("INSERT INTO alembic_version VALUES (:name)"), {"name": said})
        if said is revision:
            yield


def test_the_revisions_are_those_that_alembic_finds(engine: Engine):
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert known()[-1] == scripts.get_current_head()
    assert sorted(known()) == sorted(each.revision for each in scripts.walk_revisions())


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
