"""Services: redis and a mail sink, each with a port, a data folder and a question, while commands need them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.leasing.folder import SERVICES
from buildgraph.locking import is_held
from buildgraph.rooms.database import Database
from buildgraph.rooms.services import Service
from buildgraph.rooms.services.instance import Instance
from tests.buildgraph.rooms.database.test_server import BINARIES

MAIL = Service(
    name="mail",
    command=("python", str(Path(__file__).with_name("mail.py")), "{port}", "{data}"),
    variables={"SMTP": "{host}:{port}"},
    answer="220 ",
)
REDIS = Service(
    name="redis",
    command=(
        "redis-server",
        "--port",
        "{port}",
        "--bind",
        "{host}",
        "--dir",
        "{data}",
    ),
    variables={"REDIS_PORT": "{port}"},
    ask="PING\r\n",
    answer="+PONG",
)
needs_redis = pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
BOTH = [MAIL, pytest.param(REDIS, marks=needs_redis)]
SEND = """
import os, smtplib
host, _, port = os.environ["SMTP"].partition(":")
with smtplib.SMTP(host, int(port)) as server:
    server.sendmail("a@example.org", ["b@example.org"], "Subject: hello\\r\\n\\r\\nthere")
"""
ASK_REDIS = """
import os, socket, sys
with socket.create_connection(("127.0.0.1", int(os.environ["REDIS_PORT"]))) as connection:
    connection.sendall(sys.argv[1].encode() + b"\\r\\n")
    print(connection.recv(1000).decode().strip().splitlines()[-1])
"""
SLEEP = [
    "python",
    "-c",
    "import os, time; print(os.getpid(), os.environ.get('SMTP', os.environ.get('REDIS_PORT')), flush=True); time.sleep(60)",
]


def start(command: list[str], folder: Path | None = None) -> subprocess.Popen[str]:
    words = [sys.executable if command[0] == "python" else command[0], *command[1:]]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder)


def run(command: list[str]) -> tuple[int, str]:
    process = start(command)
    return (process.communicate(timeout=60)[0], process.returncode)[::-1]


def wait(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def found(*words: str) -> list[str]:
    """Return the process ids that pgrep finds."""
    return subprocess.run(["pgrep", *words], capture_output=True, text=True, check=False).stdout.split()


def served(folder: Path, service: Service) -> list[str]:
    """Return the processes of the services of a checkout, which work in their data folders."""
    words = service.command[1] if service is MAIL else "redis-server"
    return [each for each in found("-f", words) if place(each).startswith(f"{folder / SERVICES}{os.sep}")]


def place(process: str) -> str:
    """Return the folder in which a process works, "" if it has ended meanwhile."""
    try:
        return os.readlink(f"/proc/{process}/cwd")
    except OSError:
        return ""


def test_a_command_has_the_address_and_nothing_is_left_when_it_ends(project):
    assert run(MAIL.beside(["python", "-c", SEND])) == (0, "")

    (kept,) = (SERVICES / "mail-development/data").iterdir()
    assert kept.read_bytes() == b"Subject: hello\r\n\r\nthere\r\n"
    assert not served(project, MAIL)
    assert not is_held(SERVICES / "mail-development/guardian.lock")


@needs_redis
def test_data_outlive_the_service_but_those_of_tests(project):
    def ask(beside: Callable[..., list[str]], question: str) -> str:
        return run(beside(["python", "-c", ASK_REDIS, question]))[1].strip()

    assert ask(REDIS.beside, "SET colour green") == "+OK"
    assert ask(REDIS.beside, "GET colour") == "green"
    assert ask(REDIS.for_tests, "GET colour") == "$-1"
    assert ask(REDIS.for_tests, "SET colour red") == "+OK"
    assert ask(REDIS.for_tests, "GET colour") == "$-1"
    assert not served(project, REDIS)


@pytest.mark.parametrize("service", BOTH)
@pytest.mark.skipif(sys.platform != "linux", reason="processes are found by proc(5)")
def test_a_killed_command_leaves_no_service_behind(project, service):
    process = start(service.beside(SLEEP))
    child = int(process.stdout.readline().split()[0])
    assert served(project, service)

    process.kill()
    os.kill(child, signal.SIGKILL)
    process.wait()

    wait(lambda: not served(project, service), "the service still runs")
    wait(lambda: not is_held(SERVICES / f"{service.name}-development/guardian.lock"), "its guardian stays")


@pytest.mark.parametrize("service", BOTH)
def test_two_commands_share_one_service_and_the_last_one_ends_it(project, service):
    first, second = (start(service.beside(SLEEP)) for _ in range(2))
    said = [process.stdout.readline().split() for process in (first, second)]
    assert said[0][1] == said[1][1], "they were told two addresses"
    only = served(project, service)

    first.terminate()
    first.wait()
    assert served(project, service) == only
    second.terminate()
    second.wait()

    wait(lambda: not served(project, service), "the service still runs")


@pytest.mark.parametrize("service", BOTH)
def test_two_checkouts_have_a_service_each(project, tmp_path, service):
    other = tmp_path / "other"
    other.mkdir()
    first, second = start(service.beside(SLEEP)), start(service.beside(SLEEP), other)
    said = [process.stdout.readline().split() for process in (first, second)]
    assert said[0][1] != said[1][1]

    first.terminate()
    first.wait()

    wait(lambda: not served(project, service), "the service still runs")
    assert served(other, service)
    second.terminate()
    second.wait()


@needs_redis
def test_services_run_beside_the_database(project):
    ask = "import os, psycopg; psycopg.connect().execute('select 1'); print(os.environ['SMTP'].split(':')[0], 'REDIS_PORT' in os.environ)"
    database = Database("a_database", folder=str(BINARIES))

    command = database.for_tests(REDIS.for_tests(MAIL.for_tests(["python", "-c", ask])))

    assert run(command) == (0, "127.0.0.1 True\n")
    assert not any(SERVICES.glob("*/leases/*"))


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a killed guardian does not take its service along"
)
@pytest.mark.parametrize("is_guardian", [False, True])
def test_a_killed_service_is_started_again_while_a_command_needs_it(project, is_guardian):
    process = start(MAIL.beside(SLEEP))
    process.stdout.readline()
    (before,) = served(project, MAIL)
    stat = Path(f"/proc/{before}/stat").read_text()

    os.kill(int(stat.rpartition(")")[2].split()[1]) if is_guardian else int(before), signal.SIGKILL)

    assert process.stdout.readline() == (
        "mail: 'mail' ended and answers at another address now. Run the command again.\n"
    )
    process.terminate()
    process.wait()
    wait(lambda: not served(project, MAIL), "the service still runs")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can leave root")
def test_started_as_root_its_files_belong_to_root_and_it_runs_as_another(project):
    who = (
        *MAIL.command[:1],
        "-c",
        "import os; open('who', 'w').write(str(os.getuid())); import runpy, sys; sys.argv[:2] = sys.argv[1:2]; runpy.run_path(sys.argv[0], run_name='__main__')",
        *MAIL.command[1:],
    )

    assert run(replace(MAIL, command=who).beside(["python", "-c", SEND])) == (0, "")

    data = SERVICES / "mail-development/data"
    assert {path.stat().st_uid for path in data.iterdir()} == {0}
    assert int((data / "who").read_text()) != 0


def test_a_program_that_does_not_start_is_told_with_what_it_said(project):
    broken = replace(MAIL, command=("python", "-c", "raise SystemExit('no room for {port}')"))

    code, said = run(broken.beside(SLEEP))

    assert code == 1
    log = SERVICES / "mail-development/server.log"
    assert said.startswith(f"error: {log}: 'mail' did not start: no room for ")
    assert said.endswith(f"What it said is in '{log}'.\n")


def test_a_program_that_is_not_there_is_named(project):
    assert run(replace(MAIL, command=("no-such-server", "{port}")).beside(SLEEP)) == (
        1,
        "error: 'mail': there is no program 'no-such-server'. Install it, or name another one in dodo.py; what it needs is "
        "made by the tasks of 'needs'.\n",
    )


def test_an_answer_of_another_program_does_not_count(project, monkeypatch):
    from buildgraph.rooms.services import guardian

    other = start([*MAIL.command[:2], str(port := guardian.free_port(guardian.HOST)), "."])
    try:
        wait(lambda: guardian._answers(MAIL, port), "the other does not answer")
        monkeypatch.setattr(guardian, "free_port", lambda host: port)

        with pytest.raises(BuildError, match="Address already in use"):
            guardian.start(_instance(project))
    finally:
        other.kill()
        other.wait()


def _instance(project: Path) -> Instance:
    instance = Instance("development", MAIL)
    instance.folder.mkdir(parents=True)
    return instance


def test_one_that_runs_by_another_definition_is_not_taken(project):
    process = start(MAIL.beside(SLEEP))
    process.stdout.readline()

    code, said = run(replace(MAIL, environment={"MORE": "1"}).beside(SLEEP))

    assert (code, said) == (
        1,
        f"error: {SERVICES}/mail-development: 'mail' runs as it was defined before. End the commands that use it, and run this one again.\n",
    )
    process.terminate()
    process.wait()


def test_the_exit_code_is_that_of_the_first_command_that_fails(project):
    assert run(
        MAIL.beside(["python", "-c", "raise SystemExit(7)"], ["python", "-c", "print('not this')"])
    ) == (7, "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Mail"}, "'Mail' cannot be the name of a service"),
        ({"command": ()}, "the service 'mail' has no command"),
        ({"command": ("python",)}, "the service 'mail' is not told its port"),
        ({"stop": "SIGKILL"}, "'SIGKILL' does not end the service 'mail'"),
    ],
)
def test_a_service_that_could_not_work_is_refused(changes, message):
    with pytest.raises(BuildError, match=message):
        replace(MAIL, **changes)


def test_what_stands_for_a_place_is_replaced_once(tmp_path, monkeypatch):
    folder = tmp_path / "{root} {port}"
    folder.mkdir()
    monkeypatch.chdir(folder)
    instance = Instance("tests", Service("x", ("x", "{port}"), {}))
    said = instance.filled("{data}|{port}|{host}|{other}", 7)
    assert said == f"{instance.data.absolute()}|7|127.0.0.1|{{other}}"
