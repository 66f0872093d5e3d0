"""Who says nothing, or says it slowly, costs a socket for a while and keeps nobody out."""

import socket
import urllib.request
from types import SimpleNamespace

import pytest

from tests.warehouse.serving import serving
from warehouse import connections
from warehouse.connections import Connection, make_room
from warehouse.settings import Settings

HEAD = b"GET /_health/ HTTP/1.1\r\nHost: localhost\r\n"
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


def test_while_it_is_answered_a_connection_is_neither_late_nor_closed_for_another():
    made = SimpleNamespace(requests=[1], last_activity=0.0, will_close=False)
    assert not Connection.is_late(made, 1e9)
    make_room([made], SimpleNamespace())
    assert not made.will_close


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
