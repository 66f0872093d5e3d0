"""Who says nothing, or says it slowly, costs a socket for a while and keeps nobody out."""

import socket
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_file, make_project
from tests.warehouse.serving import serving
from warehouse import connections
from warehouse.connections import Connection, make_room
from warehouse.files.storage import Storage
from warehouse.settings import Settings

HEAD = b"GET /_health/ HTTP/1.1\r\nHost: localhost\r\n"
LARGE_KIB = 12 << 10
UPLOAD = b"POST /legacy/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx"


def opened(address: str, said: bytes = b"") -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(said)
    return connection


def answer(connection: socket.socket) -> bytes:
    """Return the first line of an answer, nothing from a connection that is closed."""
    try:
        return connection.recv(4096).partition(b"\r\n")[0]
    except ConnectionError:
        return b""


@pytest.mark.parametrize("said", [b"", HEAD[:20], UPLOAD])
def test_more_silent_connections_than_there_may_be_keep_nobody_out(settings: Settings, said: bytes):
    with serving(settings, most=5) as address:
        silent = [opened(address, said) for _ in range(20)]

        with urllib.request.urlopen(f"{address}/_health/", timeout=10) as found:
            assert found.status == 200

        assert answer(silent[0]) == b""  # the one that was idle longest made room
        for each in silent:
            each.close()


@pytest.mark.parametrize(
    ("limit", "said"), [("IDLE_SECONDS", b""), ("HEAD_SECONDS", HEAD), ("BODY_SECONDS", UPLOAD)]
)
def test_a_client_has_its_time_and_no_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, limit: str, said: bytes
):
    with serving(settings, cleanup_interval=0) as address:
        patient = opened(address, said)
        other = opened(address, HEAD + b"\r\n")
        assert answer(other) == b"HTTP/1.1 200 OK"

        monkeypatch.setattr(connections, limit, 0)

        assert answer(patient) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"POST /account/login/ HTTP/1.1\r\nContent-Length: 70000\r\n",
        b"POST /legacy/ HTTP/1.1\r\nContent-Length: 70000\r\n",
        b"POST /legacy/ HTTP/1.1\r\nAuthorization: Basic x\r\nTransfer-Encoding: chunked\r\n",
        b"POST /account/login/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n",
    ],
)
def test_a_body_that_is_refused_is_not_received(settings: Settings, head: bytes):
    with serving(settings) as address:
        connection = opened(address, head + b"Host: localhost\r\n\r\n")
        assert answer(connection) == b"HTTP/1.1 413 Request Entity Too Large"
        connection.close()


def test_a_body_of_who_says_a_name_is_received(settings: Settings):
    head = b"POST /legacy/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic x\r\nContent-Length: 70000\r\n\r\n"
    with serving(settings) as address:
        connection = opened(address, head + b"x" * 70000)
        assert answer(connection).startswith(b"HTTP/1.1 401 ")
        connection.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (
            b"POST /account/login/ HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n",
            b"413 Request Entity Too Large",
        ),
        (b"POST /legacy/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"413 Request Entity Too Large"),
        (b"GET / HTTP/1.1\r\nCookie: ", b"431 Request Header Fields Too Large"),
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nA B: c\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400 Bad Request"),
    ],
)
def test_who_sends_all_before_reading_reads_why_it_was_refused(
    settings: Settings, head: bytes, status: bytes
):
    with serving(settings) as address:
        connection = opened(address, head)
        for _ in range(20):
            connection.sendall(b"x" * 1_000_000)
        assert answer(connection).partition(b" ")[2] == status
        connection.close()
        assert is_well(address)


def test_who_was_refused_and_sends_on_has_its_time_and_no_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    with serving(settings, cleanup_interval=0) as address:
        connection = opened(address, UPLOAD.replace(b"100", b"70000"))
        assert answer(connection) == b"HTTP/1.1 413 Request Entity Too Large"
        monkeypatch.setattr(connections, "BODY_SECONDS", 0)
        with pytest.raises(ConnectionError):
            while True:
                connection.sendall(b"x" * 1_000_000)


def test_chunks_of_a_protocol_that_has_none_are_no_request_of_their_own(settings: Settings):
    head = b"GET /_health/ HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(settings) as address:
        connection = opened(address, head + HEAD + b"\r\n")
        said = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        connection.close()
    assert said.startswith(b"HTTP/1.0 413 ") and said.count(b"HTTP/1.") == 1


def reluctant(address: str, said: bytes) -> socket.socket:
    """Open a connection that asks and reads nothing."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, int(port)))
    connection.sendall(said)
    return connection


def is_well(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/_health/", timeout=10) as found:
        return found.status == 200


@pytest.fixture
def large(settings: Settings, engine: Engine) -> Iterator[str]:
    """The path of a file that no socket holds."""
    with Session(engine) as session:
        path = make_file(session, make_project(session).releases[0], "sample-1.0.tar.gz").path
    Storage(settings.files).write(bytes(range(256)) * 4 * LARGE_KIB, path)
    yield f"/packages/{path}"
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE projects CASCADE"))


@pytest.mark.parametrize("head", [b"Range: bytes=1-\r\n", b""], ids=["a part", "all"])
def test_who_reads_no_file_keeps_no_thread(settings: Settings, large: str, head: bytes):
    asked = b"GET " + large.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n"
    with serving(settings, threads=1, outbuf_high_watermark=1 << 16) as address:
        connection = reluctant(address, asked)
        assert is_well(address)
        connection.close()


def test_a_part_of_a_file_is_what_was_asked_for(settings: Settings, large: str):
    with serving(settings) as address:
        asked = urllib.request.Request(address + large, headers={"Range": "bytes=257-1000256"})
        with urllib.request.urlopen(asked, timeout=10) as found:
            content = found.read()
    assert found.status == 206 and found.headers["Content-Range"] == f"bytes 257-1000256/{LARGE_KIB << 10}"
    assert content == (bytes(range(256)) * 4000)[1:1000001]


def test_who_asks_on_and_reads_nothing_is_answered_no_further(settings: Settings, large: str):
    asked = b"GET " + large.encode() + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(settings, threads=1, outbuf_high_watermark=1 << 16) as address:
        connection = reluctant(address, asked * 50)
        assert is_well(address)
        size = sum(map(len, iter(lambda: connection.recv(1 << 20), b"")))
        connection.close()
    assert LARGE_KIB << 10 < size < 2 * LARGE_KIB << 10  # one answer, and the end of the connection


def test_while_it_is_answered_a_connection_is_neither_late_nor_closed_for_another():
    made = SimpleNamespace(requests=[1], last_activity=0.0, will_close=False)
    assert not Connection.is_late(made, 1e9)
    make_room([made], SimpleNamespace())
    assert not made.will_close


def test_the_one_that_makes_room_is_of_the_address_that_has_most():
    honest, *greedy = [
        SimpleNamespace(requests=[], will_close=False, last_activity=each, addr=(address, each))
        for each, address in enumerate(["192.0.2.1", "192.0.2.2", "192.0.2.2"])
    ]
    make_room([honest, *greedy], SimpleNamespace())
    assert [each.will_close for each in (honest, *greedy)] == [False, True, False]


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "expected"),
    [(1024, 1_048_576, 4200, 4000), (1024, -1, 4200, 4000), (1024, 2048, 2048, 1848), (8192, 8192, 8192, 4000), (64, 256, 256, 200)],
)  # fmt: skip
def test_there_are_as_many_connections_as_descriptors_allow(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int, expected: int
):
    limits: list[tuple[int, int]] = []
    system = SimpleNamespace(
        RLIMIT_NOFILE=7,
        RLIM_INFINITY=-1,
        getrlimit=lambda _: (soft, hard),
        setrlimit=lambda _, limit: limits.append(limit),
    )
    monkeypatch.setattr(connections, "resource", system)
    assert connections.most_connections() == expected
    assert limits == [(raised, hard)]
    monkeypatch.setattr(connections, "resource", None)
    assert connections.most_connections() == 400
