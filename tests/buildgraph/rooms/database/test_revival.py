"""A server that ends under a command that needs it: the person is told, and it is started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildgraph.leasing import revival
from buildgraph.leasing.folder import SERVICES
from buildgraph.rooms.database import Database
from buildgraph.rooms.database.server import Server

from .test_run import start
from .test_server import BINARIES

DATABASE = Database("a_database", folder=str(BINARIES))
FOLDER = SERVICES / "postgresql-development"
AGAIN = f"database: PostgreSQL ended and was started again. What it said is in '{FOLDER}/server.log'.\n"
ASKING = """
import os, time, psycopg
began, address = time.monotonic(), None
while time.monotonic() < began + 30:
    try:
        with psycopg.connect(connect_timeout=2) as connection:
            found = connection.execute("select pg_postmaster_start_time()").fetchone()
    except psycopg.OperationalError:
        time.sleep(0.05)
        continue
    if address and found != address:
        print("answers again", flush=True)
        break
    if not address:
        print("up", flush=True)
    address = found
    time.sleep(0.05)
"""


def killed(path: Path) -> None:
    """Kill the process whose id is in a file's first line."""
    os.kill(int(path.read_text().splitlines()[0]), signal.SIGKILL)


def guardian() -> int:
    """Return the process id of the guardian: the parent of the server (proc(5))."""
    process = int((FOLDER / "data/postmaster.pid").read_text().splitlines()[0])
    stat = Path(f"/proc/{process}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def kill_the_server() -> None:
    killed(FOLDER / "data/postmaster.pid")


def kill_the_guardian() -> None:
    os.kill(guardian(), signal.SIGKILL)


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a killed guardian does not take its server along"
)
@pytest.mark.parametrize("kill", [kill_the_server, kill_the_guardian])
def test_a_killed_server_is_started_again_while_a_command_needs_it(project, kill):
    process = start(DATABASE.beside(["python", "-c", ASKING]))
    assert process.stdout.readline() == "up\n"

    kill()

    rest = process.communicate(timeout=60)[0]
    assert sorted(rest.splitlines(keepends=True)) == sorted([AGAIN, "answers again\n"])
    assert process.returncode == 0
    assert not list((FOLDER / "leases").iterdir())


def test_a_server_that_cannot_be_started_again_is_told_with_the_reason(project):
    process = start(DATABASE.beside(["python", "-c", "import time; print('up', flush=True); time.sleep(60)"]))
    assert process.stdout.readline() == "up\n"
    with (FOLDER / "data/postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    kill_the_server()

    said = process.stdout.readline()
    assert said.startswith(
        f"database: PostgreSQL ended and could not be started again: {FOLDER}/server.log: PostgreSQL did not start: "
        'unrecognized configuration parameter "no_such_setting"'
    ), said
    process.terminate()
    process.communicate(timeout=30)


def test_a_server_that_ends_again_and_again_is_given_up(tmp_path, monkeypatch):
    server, said = Server("development", BINARIES), []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(revival, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(revival, "running", lambda *_: {"port": 1})

    with revival.kept_running(server, [], {"port": 1}, said.append):
        while len(said) < 4:
            pass

    assert [f"database: {each}\n" for each in said[:3]] == [AGAIN] * 3
    assert said[3:] == [
        f"PostgreSQL ended 4 times within a minute and is not started again. See '{server.log}'."
    ]


def test_a_command_that_ends_leaves_no_one_who_starts_the_server_again(project):
    process = start(DATABASE.beside(["python", "-c", "pass"]))

    assert process.communicate(timeout=60)[0] == ""
    assert not (FOLDER / "state.json").exists()
    assert subprocess.run(["pgrep", "-f", str(FOLDER.absolute())], capture_output=True).stdout == b""
