"""The server and its leases, with the real PostgreSQL in a folder of the test's own."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from buildgraph.errors import BuildError
from buildgraph.leasing.guardian import prefix
from buildgraph.locking import is_held
from buildgraph.rooms.database.server import Address, Server, lease

ROOT = Path(__file__).parents[4]
BINARIES = ROOT / ".buildgraph/postgresql"
HOLD = """
import sys, time
from pathlib import Path
from buildgraph.rooms.database.server import Server, lease
with lease(Server("tests", Path(sys.argv[1]))) as address:
    print(address.host, flush=True)
    time.sleep(60)
"""

MANY = """
import random, sys, time
from pathlib import Path
import psycopg
from buildgraph.rooms.database.server import Server, lease
for _ in range(6):
    time.sleep(random.random() / 5)
    with lease(Server("tests", Path(sys.argv[1]))) as address:
        with psycopg.connect(address.url("postgresql", "postgres")) as connection:
            time.sleep(random.random() / 5)
            connection.execute("select 1")
print("done")
"""


@pytest.fixture
def server(project: Path) -> Server:
    """A server that was never started."""
    return Server("tests", BINARIES)


def ask(address: Address, question: str = "select 1"):
    with psycopg.connect(address.url("postgresql", "postgres")) as connection:
        return connection.execute(question).fetchone()[0]


def is_running(server: Server) -> bool:
    return is_held(server.guardian_lock)


def wait_until_stopped(server: Server, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while is_running(server):
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.02)


def test_the_server_runs_while_a_lease_is_held_and_no_longer(server):
    with lease(server) as address:
        assert ask(address) == 1
        assert is_running(server)
    assert not is_running(server)
    assert not server.state.exists()


def test_two_commands_share_one_server_and_the_last_one_ends_it(server):
    with lease(server) as first:
        started = ask(first, "select pg_postmaster_start_time()")
        with lease(server) as second:
            assert second == first
            assert ask(second, "select pg_postmaster_start_time()") == started
        assert ask(first) == 1
    assert not is_running(server)


def test_a_killed_command_leaves_no_server_behind(server):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(BINARIES)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline()
    assert is_running(server)

    holder.send_signal(signal.SIGKILL)
    holder.wait()

    wait_until_stopped(server)


def test_a_killed_command_does_not_take_the_server_from_another(server):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(BINARIES)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline()
    with lease(server) as address:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        time.sleep(0.5)  # longer than the guardian looks away

        assert ask(address) == 1


def test_commands_that_come_and_go_at_once_always_have_a_server(server):
    with lease(server):
        pass
    command = [sys.executable, "-c", MANY, str(BINARIES)]
    several = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]

    assert [process.communicate(timeout=120)[0] for process in several] == ["done\n"] * 4
    assert not is_running(server)
    assert list(server.leases.iterdir()) == []


def test_data_outlives_the_server(server):
    with lease(server) as address, psycopg.connect(address.url("postgresql", "postgres")) as connection:
        connection.execute("create table kept as select 42 as answer")
    with lease(server) as address:
        assert ask(address, "select answer from kept") == 42


def test_the_locked_server_has_the_extensions_that_a_package_index_needs(server):
    with lease(server) as address:
        found = ask(
            address,
            "select string_agg(name, ' ' order by name) from pg_available_extensions where name in ('citext', 'fuzzystrmatch', 'hstore', 'pg_trgm', 'pgcrypto', 'unaccent')",
        )
        version = ask(address, "show server_version")

    assert found == "citext fuzzystrmatch hstore pg_trgm pgcrypto unaccent"
    assert version.startswith("17.")


def test_the_files_belong_to_the_user_who_started_it(server):
    with lease(server):
        owners = {path.lstat().st_uid for path in (server.folder, *server.folder.rglob("*"))}

    assert owners == {os.getuid()}


def test_the_sockets_are_the_users_alone(server):
    with lease(server) as address:
        folder = Path(address.host)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(str(folder)) < 80


def test_a_data_folder_of_another_version_is_one_sentence(server):
    with lease(server):
        pass
    (server.data / "PG_VERSION").write_text("16\n")

    with pytest.raises(BuildError) as caught, lease(server):
        pass
    assert str(caught.value) == (
        f"{server.data}: the data folder belongs to PostgreSQL 16, but the locked server is 17. "
        f"Move '{server.data}' away (or delete it) and run the command again; a fresh database is made and migrated."
    )
    assert (server.data / "PG_VERSION").read_text() == "16\n", "nothing was touched"


def refusal(server: Server) -> str:
    with pytest.raises(BuildError) as caught, lease(server):
        pass
    return str(caught.value)


def test_a_setting_that_does_not_exist_is_named_with_its_file(server):
    with lease(server):
        pass
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    assert refusal(server) == (
        f'{server.log}: PostgreSQL did not start: unrecognized configuration parameter "no_such_setting" in file '
        f'"{(server.data / "postgresql.conf").absolute()}" line {lines(server.data / "postgresql.conf")}. '
        f"Correct '{server.data}/postgresql.conf'."
    )


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_damaged_data_is_told_with_a_way_out(server):
    with lease(server):
        pass
    for path in (server.data / "pg_wal").glob("0*"):
        path.write_bytes(bytes(path.stat().st_size))

    assert refusal(server) == (
        f"{server.log}: PostgreSQL did not start: its data is damaged: could not locate a valid checkpoint record. "
        f"Move '{server.data}' away and run the command again; a fresh database is made and migrated."
    )


def test_only_what_this_start_said_is_its_reason(server):
    with lease(server):
        pass
    (server.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    refusal(server)
    (server.data / "postgresql.conf").write_text("max_connections = many\n")

    assert "no_such_setting" not in refusal(server)


@pytest.mark.skipif(os.name == "nt", reason="a limit of the system stands for a full disk")
def test_a_data_folder_that_cannot_be_made_is_told_by_its_reason(project):
    done = subprocess.run(
        [sys.executable, "-c", HOLD, str(BINARIES)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.splitlines()[-1] == (
        "buildgraph.errors.BuildError: .buildgraph/services/postgresql-tests/new: initdb failed: File too large. "
        "Raise the limit of file sizes ('ulimit -f')."
    )


@pytest.mark.parametrize("name", ["data/postmaster.pid", "socket"])
def test_a_process_id_that_another_program_has_by_now_does_not_keep_it_from_starting(server, name):
    with lease(server) as address:
        socket = Path(address.host, ".s.PGSQL.5432.lock")
    path = socket if name == "socket" else server.folder / name
    other = subprocess.Popen(["sleep", "60"])
    path.write_text(f"{other.pid}\n{server.data.absolute()}\n1700000000\n5432\n{socket.parent}\n\n    1\n")

    try:
        with lease(server) as address:
            assert ask(address) == 1
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells in which folder a process works")
def test_a_process_id_that_another_server_has_by_now_does_not_keep_it_from_starting(
    server, tmp_path, monkeypatch
):
    with lease(server):
        pass
    monkeypatch.chdir(tmp_path)
    with lease(Server("tests", BINARIES)) as other:
        number = ask(other, "select pg_backend_pid()")
        pid = next(iter((tmp_path / server.data / "postmaster.pid").read_text().splitlines()))
        monkeypatch.chdir(tmp_path / "project")
        (server.data / "postmaster.pid").write_text(f"{pid}\n{server.data.absolute()}\n")
        with lease(server) as address:
            assert ask(address) == 1
        assert number


def test_a_server_that_really_runs_in_the_data_folder_is_named(server):
    with lease(server):
        pass
    programs = BINARIES / json.loads((BINARIES / "installed.json").read_text())["folder"] / "bin"
    command = prefix(signal.SIGINT, must_leave_root=True)
    sockets = server.sockets()
    command += [str(programs / "postgres"), "-D", str(server.data.absolute()), "-c", "listen_addresses="]
    command += ["-c", f"unix_socket_directories={sockets}"]
    other = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while "ready" not in status(server):
            assert time.monotonic() < deadline and other.poll() is None
            time.sleep(0.02)

        assert refusal(server) == (
            f"{server.log}: PostgreSQL did not start: another PostgreSQL runs in the data folder: process {other.pid}. "
            f"If nothing needs it, end it: 'kill {other.pid}'."
        )
    finally:
        other.send_signal(signal.SIGINT)
        other.wait()


def status(server: Server) -> str:
    try:
        return (server.data / "postmaster.pid").read_text()
    except FileNotFoundError:
        return ""


def test_a_server_that_is_not_installed_is_one_sentence(project):
    with (
        pytest.raises(BuildError, match=r"nowhere: PostgreSQL is not installed\. Run 'doit db:server'\."),
        lease(Server("tests", Path("nowhere"))),
    ):
        pass
