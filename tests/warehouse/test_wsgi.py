"""What a server starts: the application, over a database that is as the models say."""

import pytest
from sqlalchemy import Column, Text
from sqlalchemy.engine import URL
from webtest import TestApp

from warehouse import wsgi
from warehouse.db import Base
from warehouse.errors import WarehouseError


@pytest.fixture
def environment(own_database: URL, tmp_path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables of a development server."""
    monkeypatch.setenv("DATABASE_URL", own_database.render_as_string(hide_password=False))
    monkeypatch.setenv("WAREHOUSE_FILES", str(tmp_path))
    monkeypatch.delenv("WAREHOUSE_MODE", raising=False)
    return monkeypatch


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model with a column that no migration has made."""
    table = Base.metadata.tables["projects"]
    column = Column("nickname", Text)
    table.append_column(column)
    yield
    table._columns.remove(column)


def test_the_application_answers_and_says_nothing(environment, caplog: pytest.LogCaptureFixture):
    assert TestApp(wsgi.application()).get("/_health/").text == "OK"
    assert caplog.messages == []


def test_a_model_ahead_of_its_table_is_told_in_development(
    environment, ahead, caplog: pytest.LogCaptureFixture
):
    wsgi.application()
    assert caplog.messages == [
        "models and tables differ: no table has projects.nickname. Run 'doit db:revision -m \"what changed\"'."
    ]


def test_nothing_is_compared_in_production(environment, ahead, caplog: pytest.LogCaptureFixture):
    environment.setenv("WAREHOUSE_MODE", "production")
    environment.setenv("WAREHOUSE_PYTHON", "accept-known-holes")
    environment.setenv("WAREHOUSE_SECRET", "s" * 32)
    environment.setenv("WAREHOUSE_SITE", "https://example.org")
    wsgi.application()
    assert caplog.messages == []


def test_a_database_without_tables_is_told_however_far_a_start_has_come(environment, server: URL):
    empty = server.set(database="template1").render_as_string(hide_password=False)
    environment.setenv("DATABASE_URL", empty)
    with pytest.raises(WarehouseError, match="the database 'template1' has no tables"):
        wsgi.application()
