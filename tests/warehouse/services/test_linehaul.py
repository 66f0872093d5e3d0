"""linehaul and the index together: what a file server logs is what the project's page and its documents show."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from linehaul import app, listening, reading
from linehaul.listening import Listener
from linehaul.settings import Settings, from_environment
from linehaul.store import Moved, Progress, Store
from tests.warehouse.factories import make_file, make_project
from warehouse.downloads.models import DownloadCount

NOW = datetime.now(UTC)


@pytest.fixture
def environment(own_database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", own_database.render_as_string(hide_password=False))


@pytest.fixture
def settings_of_linehaul(environment: None) -> Settings:
    return from_environment(os.environ)


@pytest.fixture
def path(engine: Engine, environment: None) -> Iterator[str]:
    """The path of a file that others see, too."""
    with Session(engine) as session:
        file = make_file(session, make_project(session, "Sample").releases[0], "sample-1.0-py3-none-any.whl")
        yield file.path
    with engine.begin() as connection:
        for table in (
            "projects",
            "download_sources",
        ):  # emptied as rows are: readers do not have to end first
            connection.execute(text(f"DELETE FROM {table}"))


def line(path: str, agent: str = "pip/24.0", when: datetime = NOW) -> bytes:
    time = when.strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'192.0.2.1 - - [{time}] "GET /packages/{path} HTTP/1.1" 200 12 "-" "{agent}"\n'.encode()


def counted(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        asked = select(DownloadCount.day, DownloadCount.installer, DownloadCount.count)
        return [tuple(row) for row in connection.execute(asked.order_by(*asked.selected_columns))]


def test_what_a_file_server_logs_is_on_the_page_and_in_the_documents(app, path: str, tmp_path: Path):
    assert "Downloads" not in app.get("/project/sample/").text
    before = app.get("/pypi/sample/json")
    log = tmp_path / "access.log"
    log.write_bytes(
        b"".join(
            [
                *[line(path)] * 2,
                line(path, "uv/0.5.1", NOW - timedelta(5)),
                line(path, when=NOW - timedelta(60)),
                line("no/such/file.whl"),
                line(path, "bandersnatch/6"),
            ]
        )
    )

    done = subprocess.run(
        [sys.executable, "-m", "linehaul", "read", str(log)], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (0, f"{log}: 6 new lines, 5 downloads\n"), done.stderr
    assert "3 in the last month" in app.get("/project/sample/").text
    document = app.get("/pypi/sample/json", headers={"If-None-Match": before.headers["ETag"]})
    assert document.json["info"]["downloads"] == {"last_day": 2, "last_week": 3, "last_month": 3}
    assert [file["downloads"] for file in document.json["urls"]] == [4]
    assert document.headers["X-PyPI-Last-Serial"] == before.headers["X-PyPI-Last-Serial"]
    same = app.get("/pypi/sample/json", headers={"If-None-Match": document.headers["ETag"]}, status=304)
    assert same.headers["ETag"] == document.headers["ETag"]


def test_a_line_of_a_file_counts_once(
    engine: Engine, path: str, tmp_path: Path, settings_of_linehaul: Settings
):
    log, store = tmp_path / "access.log", Store(settings_of_linehaul.database_url)
    log.write_bytes(line(path) + line(path, "uv/1")[:-10])
    assert reading.read(log, store, "/packages/") == (1, 1)
    assert reading.read(log, store, "/packages/") == (0, 0)
    with log.open("ab") as file:
        file.write(line(path, "uv/1")[-10:] + line(path, "uv/1"))
    log = log.rename(tmp_path / "access.log.1")
    assert reading.read(log, store, "/packages/") == (2, 2)
    log.with_name("access.log").write_bytes(line(path, "curl/8") + line(path))
    assert reading.read(log.with_name("access.log"), store, "/packages/") == (2, 2)
    store.close()

    assert counted(engine) == [(NOW.date(), "curl", 1), (NOW.date(), "pip", 2), (NOW.date(), "uv", 2)]


def test_of_two_that_read_one_file_one_counts(engine: Engine, path: str, settings_of_linehaul: Settings):
    store, counts = Store(settings_of_linehaul.database_url), {(path, NOW.date(), "pip"): 2}
    store.add(counts, Progress("x", 0, 10))
    with pytest.raises(Moved):
        store.add(counts, Progress("x", 0, 10))
    store.add(counts, Progress("x", 10, 20))
    store.close()

    assert counted(engine) == [(NOW.date(), "pip", 4)]


def test_a_file_that_is_not_a_log_or_cannot_be_read_counts_nothing(tmp_path: Path, path: str, capfd: Any):
    from linehaul.__main__ import main

    (tmp_path / "empty").touch()
    (tmp_path / "half").write_bytes(b"x")
    (tmp_path / "odd").write_bytes(b"one\n" + bytes(reading.BATCH_BYTES + reading.LONGEST_LINE))
    words = ["read", *(str(tmp_path / name) for name in ("empty", "half", "odd", "gone"))]

    assert main(words) == 1
    said = capfd.readouterr()
    assert said.err == f"cannot read '{tmp_path}/gone': No such file or directory.\n"
    assert [each.rpartition(": ")[2] for each in said.out.splitlines()] == [
        "0 new lines, 0 downloads",
        "0 new lines, 0 downloads",
        "1 new lines, 0 downloads",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"x" * reading.LONGEST_LINE + b"\n",
            "its first line is longer than 65536 bytes, so it is not a log.",
        ),
        (gzip.compress(b"x\n", mtime=0), "it is compressed. Unpack it."),
    ],
)
def test_a_file_of_which_nothing_would_ever_be_read_is_told_of(
    tmp_path: Path, path: str, capfd: Any, content: bytes, reason: str
):
    from linehaul.__main__ import main

    (tmp_path / "log").write_bytes(content)
    assert main(["read", str(tmp_path / "log")]) == 1
    assert capfd.readouterr().err == f"cannot read '{tmp_path}/log': {reason}\n"


def test_a_line_that_is_too_long_for_a_log_ends_nothing(
    engine: Engine, path: str, tmp_path: Path, settings_of_linehaul: Settings
):
    store, log = Store(settings_of_linehaul.database_url), tmp_path / "log"
    junk = b"x" * (2 * reading.BATCH_BYTES)
    log.write_bytes(line(path) + junk)
    assert reading.read(log, store, "/packages/") == (1, 1)
    assert reading.read(log, store, "/packages/") == (0, 0)  # it may still get an end
    log.write_bytes(line(path) + junk + b"\n" + line(path) * 2)
    assert reading.read(log, store, "/packages/") == (3, 2)
    assert reading.read(log, store, "/packages/") == (0, 0)
    store.close()

    assert counted(engine) == [(NOW.date(), "pip", 3)]


def test_another_file_with_the_same_first_line_is_not_read_from_the_middle(
    engine: Engine, path: str, tmp_path: Path, capfd: Any
):
    from linehaul.__main__ import main

    for name, lines in {"one": line(path) * 2, "two": line(path) + b"more\n" + line(path, "uv/1")}.items():
        (tmp_path / name).write_bytes(b"the same\n" + lines)
    assert main(["read", str(tmp_path / "one"), str(tmp_path / "two")]) == 1

    reason = "another file that begins with the same line was read before. Remove that line here."
    assert capfd.readouterr().err == f"cannot read '{tmp_path}/two': {reason}\n"
    assert counted(engine) == [(NOW.date(), "pip", 2)]


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path, monkeypatch: Any, capfd: Any):
    from linehaul.__main__ import main

    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    (tmp_path / "log").write_bytes(b"x\n")

    assert main(["read", str(tmp_path / "log")]) == 1
    said = capfd.readouterr().err
    assert said.startswith(f"the database does not take the counts of '{tmp_path}/log': connection")
    assert said.endswith("Run it again.\n") and "Traceback" not in said


@pytest.fixture
def listener(settings_of_linehaul: Settings) -> Iterator[Listener]:
    """A listener that runs in a thread."""
    found = Listener(settings_of_linehaul, Store(settings_of_linehaul.database_url), "127.0.0.1", 0)
    thread = threading.Thread(target=found.run)
    thread.start()
    yield found
    found.ends.set()
    thread.join(10)
    assert not thread.is_alive()


def wait_for(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_lines_come_over_tcp_in_pieces_and_from_several(engine: Engine, path: str, listener: Listener):
    with (
        socket.create_connection(("127.0.0.1", listener.port)) as one,
        socket.create_connection(("127.0.0.1", listener.port)) as two,
    ):
        whole = line(path)
        for place in range(0, len(whole), 20):
            one.sendall(whole[place : place + 20])
            two.sendall(whole[place : place + 20])
        two.sendall(b"garbage \xff\x00\n" + line(path, "uv/1")[:-1])  # its end is the connection's

    wait_for(lambda: counted(engine) == [(NOW.date(), "pip", 2), (NOW.date(), "uv", 1)])


def test_what_was_counted_waits_for_a_database_that_does_not_answer(
    engine: Engine, path: str, listener: Listener
):
    url, listener.store.url = listener.store.url, "postgresql://nobody@127.0.0.1:1/x"
    with socket.create_connection(("127.0.0.1", listener.port)) as one:
        one.sendall(line(path))
    wait_for(lambda: listener.counts)
    assert counted(engine) == []
    listener.store.url = url

    wait_for(lambda: counted(engine) == [(NOW.date(), "pip", 1)])


def test_lines_that_come_one_by_one_are_stored_once_a_second(
    engine: Engine, path: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
):
    stored: list[int] = []
    add = listener.store.add
    monkeypatch.setattr(listener.store, "add", lambda counts: stored.append(counts.total()) or add(counts))
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", listener.port)) as one:
        for _ in range(50):
            one.sendall(line(path))
            time.sleep(0.002)
        wait_for(lambda: counted(engine) == [(NOW.date(), "pip", 50)])
    assert len(stored) <= 2 + time.monotonic() - began


def test_what_a_locked_table_does_not_take_is_told_at_the_end(
    engine: Engine, path: str, settings_of_linehaul: Settings, caplog: pytest.LogCaptureFixture
):
    found = Listener(settings_of_linehaul, Store(settings_of_linehaul.database_url), "127.0.0.1", 0)
    lost: list[int] = []
    thread = threading.Thread(target=lambda: lost.append(found.run()))
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE download_counts IN ACCESS EXCLUSIVE MODE"))
        thread.start()
        with socket.create_connection(("127.0.0.1", found.port)) as one:
            one.sendall(line(path) * 3)
        wait_for(lambda: found.counts)
        found.ends.set()
        thread.join(30)
    assert lost == [3]
    assert "ended without having stored all" in caplog.messages
    assert counted(engine) == []


def test_a_connection_that_is_silent_makes_room_for_another(
    engine: Engine, path: str, listener: Listener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listening, "CONNECTIONS", 2)
    connections = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(2)]
    wait_for(lambda: len(listener.rests) == 2)
    with socket.create_connection(("127.0.0.1", listener.port)) as refused:
        refused.settimeout(10)
        assert refused.recv(1) == b""  # none has been silent for long
    monkeypatch.setattr(listening, "SILENT_SECONDS", 0)
    with socket.create_connection(("127.0.0.1", listener.port)) as one:
        one.sendall(line(path))
        wait_for(lambda: counted(engine) == [(NOW.date(), "pip", 1)])
    for each in connections:
        each.close()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("--port=65536", "argument --port: '65536' is not a number from 0 to 65535"),
        ("--port=-1", "argument --port: '-1' is not a number from 0 to 65535"),
        ("--host=", "argument --host: it is empty; '0.0.0.0' stands for all addresses"),
    ],
)
def test_a_wrong_place_to_listen_at_is_one_sentence(word: str, reason: str, capfd: Any):
    from linehaul.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(["listen", word])
    assert ended.value.code == 2
    assert capfd.readouterr().err.endswith(f"linehaul listen: error: {reason}\n")


@pytest.mark.parametrize("host", ["nonsense.invalid", "a" * 70 + ".invalid"])
def test_a_host_that_is_not_there_is_one_sentence(environment: None, host: str):
    from linehaul.__main__ import main

    with pytest.raises(
        SystemExit, match=f"^cannot listen at {host} port 1: .*Choose another with '--port'.$"
    ):
        main(["listen", f"--host={host}", "--port=1"])


def test_only_peers_are_heard_and_a_line_without_end_is_not_kept(listener: Listener):
    with socket.create_connection(("127.0.0.1", listener.port)) as one:
        one.settimeout(10)
        try:
            for _ in range(10):
                one.sendall(b"x" * listening.LONGEST_LINE)
            ended = one.recv(1) == b""
        except ConnectionError:
            ended = True
        assert ended
    listener.settings = Settings("", ())
    with socket.create_connection(("127.0.0.1", listener.port)) as one:
        one.settimeout(10)
        assert one.recv(1) == b""


def test_as_a_process_it_stores_what_it_has_before_it_ends(engine: Engine, path: str):
    words = [sys.executable, "-m", "linehaul", "listen", "--port=0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        port = json.loads(process.stderr.readline())["port"]
        with socket.create_connection(("127.0.0.1", port)) as one:
            one.sendall(line(path))
            one.shutdown(socket.SHUT_WR)
            assert one.recv(1) == b""
        process.terminate()
        assert process.wait(10) == 0
    assert counted(engine) == [(NOW.date(), "pip", 1)]


def test_a_port_in_use_is_one_sentence(listener: Listener, capfd: Any):
    from linehaul.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(["listen", f"--port={listener.port}"])
    assert str(ended.value.code) == (
        f"cannot listen at 127.0.0.1 port {listener.port}: Address already in use. Choose another with '--port'."
    )


def test_it_is_ready_when_the_table_is_there(environment: None, monkeypatch: pytest.MonkeyPatch):
    from webtest import TestApp

    monkeypatch.setattr("vitals.begin", lambda _: None)
    served = TestApp(app.application())
    assert served.get("/_health/ready").json["checks"] == {"database": "ok"}
    assert served.get("/").text.startswith("linehaul counts downloads")
    assert served.get("/other", status=404).text == "There is nothing here.\n"


def test_counts_of_a_file_that_is_deleted_go_with_it(
    engine: Engine, path: str, settings_of_linehaul: Settings
):
    store = Store(settings_of_linehaul.database_url)
    assert store.add({(path, date(2026, 1, 1), "pip"): 1, ("gone", date(2026, 1, 1), "pip"): 5}) == 1
    store.close()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM files"))
        assert connection.scalar(select(func.count()).select_from(DownloadCount)) == 0
