"""The commands of internal/ are found by their folder and do what they say; nothing else has a place for them."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

import internal.__main__ as commands
from internal import largest
from tests.warehouse.factories import make_file, make_project


@pytest.fixture
def filled(
    own_database: URL, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A database with two projects, named by the environment."""
    monkeypatch.setenv("DATABASE_URL", own_database.render_as_string(hide_password=False))
    monkeypatch.setenv("WAREHOUSE_FILES", str(tmp_path))
    with Session(engine) as session:
        for name, sizes in (("Small", [400_000]), ("Large", [2_000_000, 500_000]), ("Empty", [])):
            release = make_project(session, name).releases[0]
            for number, size in enumerate(sizes):
                make_file(session, release, f"{name.lower()}-1.{number}.tar.gz").size_bytes = size
        session.commit()
    yield
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE projects RESTART IDENTITY CASCADE"))


def test_they_are_listed_with_their_sentences(capsys):
    commands.main([])

    assert capsys.readouterr().out == (
        "largest  Show the projects whose files take the most room: `doit internal largest --count=20`.\n"
    )


def test_one_is_run_by_its_name_with_the_words_after_it(filled, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["internal", "largest", "--count=1"])
    monkeypatch.delitem(sys.modules, "internal.__main__")  # as in a process of its own
    monkeypatch.delitem(sys.modules, "internal.largest")

    runpy.run_module("internal", run_name="__main__")

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["│", "Large", "│", "2", "│", "2.5", "│"] in rows
    assert not any("Small" in row for row in rows)


def test_the_largest_come_first_and_what_has_no_files_is_not_named(filled, engine):
    with Session(engine) as session:
        assert largest.largest(session, 10) == [("Large", 2, 2_500_000), ("Small", 1, 400_000)]


@pytest.mark.parametrize(
    ("name", "hint"), [("larges", "Did you mean 'largest'?"), ("zz", "'doit internal' lists them.")]
)
def test_a_name_that_is_not_there_is_one_sentence(name, hint):
    with pytest.raises(SystemExit) as ended:
        commands.main([name])
    assert ended.value.code == f"error: there is no internal command '{name}'. {hint}"


def test_a_missing_setting_is_one_sentence(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["internal", "largest"])
    monkeypatch.delitem(sys.modules, "internal.__main__")
    monkeypatch.delitem(sys.modules, "internal.largest")

    with pytest.raises(SystemExit) as ended:
        runpy.run_module("internal", run_name="__main__")
    assert str(ended.value.code).startswith("error: DATABASE_URL is not set. ")
