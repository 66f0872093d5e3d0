"""Where the server comes from and how it is reached: a port beside the socket, a server that runs already, compose's names."""

import os
from pathlib import Path

import psycopg
import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.database import Compose, Database
from buildgraph.rooms.database.given import parse, read
from buildgraph.rooms.database.server import Address, Server, lease

from .test_run import ENGINE, by_compose, run
from .test_server import BINARIES

PORTED = Database("a_database", folder=str(BINARIES), tcp=True)
GIVEN = Database("ours", folder=str(BINARIES), services="given")
ASK = (
    "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL'].replace('+psycopg', '')).execute("
    "'select current_database(), inet_server_port() is not null').fetchone(), os.environ['PGHOST'])"
)


def test_a_server_with_a_port_is_reached_by_host_and_port(project):
    assert run(PORTED.beside(["python", "-c", ASK])) == (0, "('a_database', True) 127.0.0.1\n")


def test_its_port_asks_for_the_password(project):
    with lease(Server("tests", BINARIES, tcp=True)) as address:
        assert address.password
        for wrong in ("", "guessed"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(Address(address.host, address.port, wrong).url("postgresql", "postgres"))


def test_data_that_were_made_without_a_port_can_have_one_and_do_without_again(project):
    without = Database("a_database", folder=str(BINARIES))
    make = ["python", "-c", "import psycopg; psycopg.connect(autocommit=True).execute('create table t ()')"]
    assert run(without.beside(make))[0] == 0

    assert run(PORTED.beside(["python", "-c", ASK])) == (0, "('a_database', True) 127.0.0.1\n")
    assert run(without.beside(["python", "-c", ASK]))[1].startswith("('a_database', False) /")


def test_who_needs_a_port_does_not_take_a_server_without(project):
    with (
        lease(Server("tests", BINARIES)),
        pytest.raises(BuildError, match="PostgreSQL runs as it was defined before: without a port"),
        lease(Server("tests", BINARIES, tcp=True)),
    ):
        pass


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> str:
    """The server of this run in the part of one that somebody else has started, with a database of that person's."""
    name = f"given_{os.getpid()}"
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    host, port = os.environ["PGHOST"], os.environ["PGPORT"]
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@/{name}?host={host}&port={port}")
    yield name
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        for each in (name, f"{name}_tests"):
            connection.execute(f"drop database if exists {each} with (force)")


def test_a_server_that_runs_already_is_used_and_nothing_is_started(project, given):
    code, said = run(GIVEN.beside(["python", "-c", ASK]))

    assert (code, said) == (0, f"('{given}', False) {os.environ['PGHOST']}\n")
    assert not list(Path(".buildgraph/services").glob("*/data"))


def test_tests_have_a_database_of_their_own_on_a_given_server(project, given):
    assert run(GIVEN.for_tests(["python", "-c", ASK]))[1].startswith(f"('{given}_tests', ")


def test_nothing_of_a_given_server_is_dropped(project, given):
    code, said = run([*GIVEN.reset, "--yes"])

    assert code == 1
    assert said.startswith("error: the server of 'DATABASE_URL' is not ours, so nothing of it is dropped.")
    psycopg.connect(dbname=given).close()


def test_the_option_chooses_the_given_server_for_one_command(project, given):
    database = Database("ours", folder=str(BINARIES))
    words = [
        word.replace("{services}", "given")
        for word in database.beside(["python", "-c", ASK], selectable=True)
    ]

    assert run(words)[1].startswith(f"('{given}', ")


def test_a_variable_that_is_not_set_is_named(project, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert run(GIVEN.beside(["python", "-c", ASK])) == (
        1,
        "error: 'DATABASE_URL' is not set, and it names the server that is asked for. Set it to "
        "'postgresql://USER:PASSWORD@HOST:PORT/NAME', or take the server from elsewhere.\n",
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            "postgresql://a:b@127.0.0.1:1/c",
            'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused',
        ),
        ("postgresql://a:b@127.0.0.1:1/c?nonsense=1", 'invalid URI query parameter: "nonsense"'),
    ],
)
def test_a_given_server_that_does_not_answer_is_one_sentence(monkeypatch, url, reason):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(BuildError) as caught:
        read(GIVEN, "development")
    assert str(caught.value) == (
        f"the server of 'DATABASE_URL' does not let us in: {reason}. Start it, or correct its address."
    )


@pytest.mark.parametrize(
    ("url", "address", "name"),
    [
        ("postgresql://h/x", Address("h", 5432), "x"),
        ("postgres://u:p%40@h:7/x", Address("h", 7, "p@", "u"), "x"),
        ("postgresql+asyncpg://u@[::1]:7", Address("::1", 7, "", "u"), "ours"),
        ("postgresql://u@/x?host=/run/pg&port=6", Address("/run/pg", 6, "", "u"), "x"),
        ("postgresql://u@h/x?sslmode=require", Address("h", 5432, "", "u", "sslmode=require"), "x"),
    ],
)
def test_an_address_is_read_and_says_the_same_again(url, address, name):
    assert parse(url, GIVEN) == (address, name)
    assert parse(address.url("postgresql", name), GIVEN) == (address, name)
    assert address.variables(name).get("PGSSLMODE", "") == ("require" if "ssl" in url else "")


@pytest.mark.parametrize("url", ["mysql://h/x", "h", "postgresql://h:port/x", "postgresql://h/x?port=1,2"])
def test_what_is_no_address_of_postgresql_is_refused(url):
    with pytest.raises(BuildError, match="'DATABASE_URL' is not the address of a PostgreSQL server"):
        parse(url, GIVEN)


def test_a_place_that_no_server_comes_from_is_refused():
    with pytest.raises(BuildError, match="'cloud' is not where a database comes from"):
        Database("ours", services="cloud")


def test_service_login_and_port_of_compose_are_those_of_the_value(project, tmp_path, monkeypatch):
    program = tmp_path / "bin/docker"
    program.parent.mkdir()
    program.write_text(ENGINE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("PGHOST_OF_TEST", os.environ["PGHOST"])
    monkeypatch.setenv("PGPORT_OF_TEST", os.environ["PGPORT"])
    database = Database("postgres", compose=Compose("db", "postgres", "secret", 5433))

    code, said = run(
        by_compose(database, ["python", "-c", "import os; print(os.environ['DATABASE_URL'].split('?')[0])"])
    )

    assert (code, said) == (0, "postgresql+psycopg://postgres:secret@/postgres\n")
    calls = (program.parent / "calls").read_text().splitlines()
    assert calls[1:4] == [
        "compose ps --status=running --quiet db",
        "compose up --detach --wait --wait-timeout=120 db",
        "compose port db 5433",
    ]
