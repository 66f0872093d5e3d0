"""Who says nothing, or says it slowly, costs a socket for a while and keeps nobody out."""

import resource
import socket
import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest

from tests.warehouse.serving import serving
from warehouse import connections
from warehouse.connections import Connection, make_room, most_connections
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
    ("allowed", "most"),
    [(1000, 800), (10, 1), (100_000, connections.MOST), (resource.RLIM_INFINITY, connections.MOST)],
)
def test_there_are_as_many_connections_as_descriptors_allow(
    monkeypatch: pytest.MonkeyPatch, allowed: int, most: int
):
    asked: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, allowed))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: asked.append(both))

    assert most_connections() == most
    assert asked == [(allowed, allowed)]
