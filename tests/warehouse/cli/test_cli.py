"""The command line: each command does its work, and a person's mistake is one sentence."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL

from warehouse.cli import main


@pytest.fixture(autouse=True)
def environment(
    own_database: URL, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Settings in the environment; what the commands commit is emptied afterwards."""
    monkeypatch.setenv("DATABASE_URL", own_database.render_as_string(hide_password=False))
    monkeypatch.setenv("WAREHOUSE_FILES", str(tmp_path / "files"))
    yield
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects RESTART IDENTITY CASCADE"))


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
    monkeypatch.delenv("WAREHOUSE_FILES")
    assert main(["user", "list"]) == 1
    assert capsys.readouterr().err == (
        "warehouse: WAREHOUSE_FILES is not set. Name the folder in which uploaded files are kept.\n"
    )


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
    assert capsys.readouterr().err.startswith("usage: python -m warehouse")
