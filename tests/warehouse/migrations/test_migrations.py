"""The migrations make what the models say."""

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from tests.warehouse.databases import alembic_config


def test_models_and_migrations_agree(connection: Connection):
    command.check(alembic_config(connection))


def test_the_way_down_leaves_nothing_and_leads_up_again(connection: Connection):
    config = alembic_config(connection)
    command.downgrade(config, "base")
    assert inspect(connection).get_table_names() == ["alembic_version"]
    command.upgrade(config, "head")
    command.check(config)


def test_a_database_with_files_is_upgraded(connection: Connection):
    config = alembic_config(connection)
    command.downgrade(config, "0002")
    for statement in (
        "INSERT INTO projects (name) VALUES ('fnz')",
        "INSERT INTO releases (project_id, version, canonical_version) SELECT id, '1', '1' FROM projects",
        "INSERT INTO files (release_id, filename, path, packagetype, python_version, size_bytes, sha256, blake2_256)"
        " SELECT id, 'fnz-1.tar.gz', 'fnz-1.tar.gz', '', '', 1, '', '' FROM releases",
    ):
        connection.execute(text(statement))
    command.upgrade(config, "head")
    assert connection.scalars(text("SELECT identity FROM files")).all() == ["fnz-1.tar.gz"]


def test_there_is_one_head(connection: Connection):
    assert len(ScriptDirectory.from_config(alembic_config(connection)).get_heads()) == 1


def test_statements_can_be_printed(connection: Connection, capsys: pytest.CaptureFixture[str]):
    command.upgrade(alembic_config(connection), "head", sql=True)
    assert "CREATE TABLE projects" in capsys.readouterr().out


def test_the_environment_names_the_database(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    config = alembic_config(connection)
    config.attributes.clear()
    monkeypatch.setenv("DATABASE_URL", connection.engine.url.render_as_string(hide_password=False))
    command.current(config)


def test_a_missing_database_is_one_sentence(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    config = alembic_config(connection)
    config.attributes.clear()
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(SystemExit, match=r"^DATABASE_URL is not set"):
        command.current(config)
