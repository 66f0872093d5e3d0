"""The command line: each command does its work, and a person's mistake is one sentence."""

import hashlib
import runpy
import signal
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from warehouse.accounts.services import authenticate
from warehouse.cli import main, work
from warehouse.projects.models import File
from warehouse.revisions import known


@pytest.fixture(autouse=True)
def environment(
    own_database: URL, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Settings in the environment; what the commands commit is emptied afterwards."""
    monkeypatch.setenv("DATABASE_URL", own_database.render_as_string(hide_password=False))
    monkeypatch.setenv("WAREHOUSE_FILES", str(tmp_path / "files"))
    empty(engine)  # what other tests rolled back has drawn numbers
    yield
    empty(engine)


def empty(engine: Engine) -> None:
    """Empty the tables that commands fill, and number their rows from 1 again."""
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects, classifiers RESTART IDENTITY CASCADE"))
        connection.execute(text("TRUNCATE queue.procrastinate_jobs CASCADE"))


def test_people_and_tokens(capsys: pytest.CaptureFixture[str]):
    assert main(["user", "add", "ann", "ann@example.org"]) == 0
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == "Added the user 'ann'.\nann\tann@example.org\n"

    assert main(["token", "create", "ann", "--description", "build server"]) == 0
    assert capsys.readouterr().out.startswith("warehouse-")
    assert main(["token", "list"]) == 0
    assert capsys.readouterr().out == "1\tann\teverything\tbuild server\n"
    assert main(["token", "revoke", "1"]) == 0
    assert main(["token", "list"]) == 0
    assert capsys.readouterr().out == "Revoked the token 1.\n"


def test_samples_and_a_token_of_one_project(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert main(["sample-data", "--projects", "2"]) == 0
    assert capsys.readouterr().out == "Added 2 sample projects.\n"
    wheel = next((tmp_path / "files").rglob("*.whl"))
    project = wheel.name.split("-")[0]
    assert main(["token", "create", "sampler", "--project", project]) == 0
    assert main(["token", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split("\t")[1:3] == ["sampler", project.replace("_", "-")]


def test_passwords_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, engine: Engine
):
    main(["user", "add", "ann", "ann@example.org"])
    monkeypatch.setattr(sys, "stdin", StringIO("correct horse\nmore\n"))
    assert main(["user", "password", "ann"]) == 0
    assert main(["user", "admin", "ann"]) == 0
    assert capsys.readouterr().out.endswith("Set the password of 'ann'.\n'ann' is an administrator.\n")
    with Session(engine) as session:
        user = authenticate(session, "ann", "correct horse")
        assert user and user.is_admin
    monkeypatch.setattr(sys, "stdin", StringIO("short\n"))
    assert main(["user", "password", "ann"]) == 1
    assert capsys.readouterr().err.startswith("warehouse: this is no password. ")


def test_classifiers_and_jobs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    ended: list[int] = []
    assert main(["classifiers", "sync"]) == 0
    assert capsys.readouterr().out.startswith("There are ")
    main(["sample-data", "--projects", "2"])
    assert main(["reindex"]) == 0
    monkeypatch.setattr(signal, "raise_signal", ended.append)
    monkeypatch.setattr(sys, "stdin", StringIO())
    monkeypatch.setattr(work, "check_python", lambda _: "")
    assert main(["worker", "--until-empty"]) == 0
    assert ended == []
    assert capsys.readouterr().out.endswith("Added 2 jobs.\nWorking.\n")
    monkeypatch.setattr(work, "check_python", lambda _: "This Python has a hole")
    assert main(["worker", "--until-empty", "--until-closed"]) == 0
    assert ended == [signal.SIGTERM]
    said = capsys.readouterr()
    assert said.out == "", "where it is a part of a development server, it has nothing to say"
    assert said.err == "This Python has a hole.\n"


def test_missing_metadata_is_extracted_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, engine: Engine, tmp_path: Path
):
    main(["sample-data", "--projects", "2"])
    assert main(["metadata", "extract"]) == 0
    with Session(engine) as session:
        file = session.scalars(select(File).order_by(File.id)).first()
        digest, file.metadata_sha256 = file.metadata_sha256, None
        count = session.scalar(select(func.count()).select_from(File))
        session.commit()
        beside = tmp_path / "files" / f"{file.path}.metadata"
        beside.unlink()
        assert main(["metadata", "extract"]) == 0
        assert main(["metadata", "extract", "--all"]) == 0  # a job that waits already is enough
        assert main(["worker", "--until-empty"]) == 0
        session.expire_all()
        assert file.metadata_sha256 == digest == hashlib.sha256(beside.read_bytes()).hexdigest()
    assert capsys.readouterr().out == (
        f"Added 2 sample projects.\nAdded 0 jobs.\nAdded 1 jobs.\nAdded {count} jobs.\nWorking.\n"
    )


def test_addresses_and_projects_are_purged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    assert main(["purge", "/simple/"]) == 1
    assert capsys.readouterr().err == (
        "warehouse: no CDN is configured. Name its address in WAREHOUSE_CDN.\n"
    )
    purged: list[str] = []
    monkeypatch.setattr("warehouse.cdn._purge", lambda settings, path: purged.append(path))
    monkeypatch.setenv("WAREHOUSE_CDN", "https://cdn.example.org")
    assert main(["purge", "/", "https://cdn.example.org/simple/"]) == 0
    assert main(["purge", "--project", "Some_Thing"]) == 0
    assert purged == ["/", "/simple/", "/simple/", "/simple/some-thing/", "/pypi/some-thing/json"]
    assert capsys.readouterr().out == "Purged 2 addresses.\nPurged 3 addresses.\n"


def test_an_error_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert main(["user", "add", "ann", "ann@example.org"]) == 0
    assert main(["token", "create", "ann", "--project", "nothing"]) == 1
    assert capsys.readouterr().err == (
        "warehouse: there is no project 'nothing'. A project exists from its first upload on.\n"
    )
    assert main(["token", "list"]) == 0


def test_a_missing_setting_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WAREHOUSE_MODE", "test")
    assert main(["user", "list"]) == 1
    assert capsys.readouterr().err == (
        "warehouse: WAREHOUSE_MODE is 'test'. Set it to 'development' or 'production'.\n"
    )


def test_a_database_is_upgraded_by_the_migrations_beside_the_code(
    own_database: URL, engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    name = f"{own_database.database}_older"
    url = own_database.set(database=name)
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        admin.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        try:
            assert main(["user", "list"]) == 1
            assert main(["upgrade"]) == 0
            assert main(["upgrade"]) == 0
            assert main(["user", "list"]) == 0
        finally:
            admin.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    said, newest = capsys.readouterr(), known()[-1]
    assert said.out == (
        f"The database '{name}' was brought to '{newest}'.\nThe database '{name}' is at '{newest}' already.\n"
    )
    assert said.err == (
        f"warehouse: the database '{name}' has no tables. "
        "Run 'doit db' to migrate it, or the command 'upgrade' where there is no doit.\n"
    )


@pytest.mark.parametrize(("started", "named"), [("/opt/index.pex", "index.pex"), ("", "doit manage")])
def test_help_names_what_was_typed(
    started: str, named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PEX", started)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert capsys.readouterr().out.startswith(f"usage: {named} ")


def test_the_package_can_be_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "argv", ["warehouse", "--help"])
    with pytest.raises(SystemExit) as error:
        runpy.run_module("warehouse", run_name="__main__")
    assert error.value.code == 0
    assert "serve" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["user"], ["nonsense"], ["serve", "--port", "http"]])
def test_a_wrong_command_line_shows_the_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert capsys.readouterr().err.startswith("usage: doit manage")
