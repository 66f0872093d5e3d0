"""`run`: a command beside a server; exit codes, signals and addresses pass through."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.rooms.database import Database

from .test_server import BINARIES

DATABASE = Database("a database", folder=str(BINARIES))
ASK = "import os, psycopg; print(psycopg.connect().execute('select current_database()').fetchone()[0], os.environ['DATABASE_URL'].split('?')[0])"


def start(command: list[str]) -> subprocess.Popen[str]:
    assert command[0] == "python"
    return subprocess.Popen(
        [sys.executable, *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run(command: list[str]) -> tuple[int, str]:
    process = start(command)
    output = process.communicate(timeout=60)[0]
    return process.returncode, output


def by_compose(database: Database, command: list[str]) -> list[str]:
    """Return the command as it is started with `--services=compose`."""
    return [word.replace("{services}", "compose") for word in database.beside(command, selectable=True)]


def test_the_command_finds_its_database(project):
    assert run(DATABASE.beside(["python", "-c", ASK])) == (
        0,
        "a database postgresql+psycopg://postgres@/a%20database\n",
    )


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_a_command_that_is_asked_for_help_needs_no_server(project, word):
    assert run([*DATABASE.beside(["python", "-c", "print('help')"]), "-x", word]) == (0, "help\n")
    assert not Path(".buildgraph/services").exists()


def test_the_exit_code_is_the_commands(project):
    assert run(DATABASE.beside(["python", "-c", "raise SystemExit(7)"]))[0] == 7


def test_a_program_that_is_not_there_is_one_sentence(project):
    code, output = run(DATABASE.beside(["gone/python"]))

    assert (code, output) == (
        1,
        f"error: cannot start '{Path('gone/python').absolute()}': No such file or directory. Run 'doit env'.\n",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_command_and_the_server_ends_after_it(project, number):
    process = start(DATABASE.beside(["python", "-c", "import time; print('up', flush=True); time.sleep(60)"]))
    assert process.stdout.readline() == "up\n"

    process.send_signal(number)

    assert process.wait(30) == 128 + number
    assert not list(Path(".buildgraph/services/postgresql-development/leases").iterdir())


def test_a_reset_database_is_empty(project):
    make = "import psycopg; psycopg.connect(autocommit=True).execute('create table t ()')"
    count = "import psycopg; print(psycopg.connect().execute(\"select count(*) from pg_tables where schemaname = 'public'\").fetchone()[0])"
    run(DATABASE.beside(["python", "-c", make]))
    assert run(DATABASE.beside(["python", "-c", count])) == (0, "1\n")

    assert run(DATABASE.reset) == (0, "the database 'a database' is empty\n")

    assert run(DATABASE.beside(["python", "-c", count])) == (0, "0\n")


def test_without_an_engine_compose_is_one_sentence(project, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    code, output = run(by_compose(DATABASE, ["python", "-c", ""]))

    assert (code, output) == (
        1,
        "error: compose.yaml: '--services=compose' needs docker, which is not on PATH. Leave the option out: PostgreSQL is embedded by default.\n",
    )


def test_an_engine_that_does_not_answer_is_one_sentence(project, tmp_path, monkeypatch):
    program = tmp_path / "bin/docker"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    code, output = run(by_compose(DATABASE, ["python", "-c", ""]))

    assert (code, output) == (
        1,
        "error: compose.yaml: no container engine answers 'docker info'. Start the engine, or leave '--services=compose' out: PostgreSQL is embedded by default.\n",
    )


def test_commands_run_one_after_the_other_until_one_fails(project):
    say = "print({}, flush=True); raise SystemExit({})".format
    commands = [["python", "-c", say(1, 0)], ["python", "-c", say(2, 3)], ["python", "-c", say(3, 0)]]

    assert run(DATABASE.beside(*commands)) == (3, "1\n2\n")


def test_a_file_changes_with_the_tables_and_with_nothing_else(project):
    states = [tables_after("create table thing (id int)")]
    for statement in (
        "select 1",
        "insert into thing values (1)",
        "alter table thing add column name text",
        "drop table thing",
    ):
        states.append(tables_after(statement))

    assert states[0] == states[1] == states[2] != states[3] != states[4]
    assert run(DATABASE.reset) == (0, "the database 'a database' is empty\n")
    assert Path(DATABASE.tables).read_text() != states[4], "it is another database"
    assert run(DATABASE.create)[0] == 0


def test_the_file_of_the_tables_is_there_before_the_next_command(project):
    show = ["python", "-c", f"print(open({DATABASE.tables!r}).read().split()[0].isdigit())"]

    assert run(DATABASE.beside(["python", "-c", ""], show)) == (0, "True\n")


def test_tests_note_nothing_of_their_tables(project):
    assert run(DATABASE.for_tests(["python", "-c", ""]))[0] == 0
    assert not Path(DATABASE.tables).exists()


def tables_after(statement: str) -> str:
    """Run a statement beside the development server, and return what the file then says of the tables."""
    code = f"import psycopg; psycopg.connect(autocommit=True).execute({statement!r})"
    assert run(DATABASE.beside(["python", "-c", code]))[0] == 0
    return Path(DATABASE.tables).read_text()


ENGINE = """\
#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case "$*" in
  *" ps "*) cat "$(dirname "$0")/running" 2>/dev/null ;;
  *" port "*) echo "$PGHOST_OF_TEST:$PGPORT_OF_TEST" ;;
esac
exit 0
"""


@pytest.mark.parametrize(("runs_before", "is_stopped"), [("", True), ("0123abc", False)])
def test_an_engine_is_asked_for_the_service_and_stopped_only_if_we_started_it(
    project, tmp_path, monkeypatch, runs_before, is_stopped
):
    program = tmp_path / "bin/docker"
    program.parent.mkdir()
    program.write_text(ENGINE)
    program.chmod(0o755)
    (program.parent / "running").write_text(runs_before)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    # The container is played by this run's server: its folder of sockets stands for the published address.
    monkeypatch.setenv("PGHOST_OF_TEST", os.environ["PGHOST"])
    monkeypatch.setenv("PGPORT_OF_TEST", os.environ["PGPORT"])

    code, output = run(by_compose(Database("postgres", folder=str(BINARIES)), ["python", "-c", ASK]))

    assert (code, output) == (0, "postgres postgresql+psycopg://postgres:development@/postgres\n")
    calls = (program.parent / "calls").read_text().splitlines()
    assert calls[:4] == [
        "info",
        "compose ps --status=running --quiet postgresql",
        "compose up --detach --wait --wait-timeout=120 postgresql",
        "compose port postgresql 5432",
    ]
    assert (calls[4:] == ["compose stop postgresql"]) == is_stopped
