"""Readiness: an application answers when it accepts connections, and is sent nothing to find that out."""

import http.server
import socket
import threading
import time

from buildgraph.serve import readiness
from buildgraph.serve.readiness import wait_until_accepted


def test_an_application_that_accepts_is_ready_and_was_sent_nothing():
    received = []

    def accept(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            received.append(connection.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,))
        thread.start()
        assert wait_until_accepted(listener.getsockname(), lambda: True) is not None
        thread.join()

    assert received == [b""]


def test_a_server_of_pages_hands_no_request_on():
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            super().handle_one_request()
            asked.append(self.raw_requestline)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    assert wait_until_accepted(server.server_address, lambda: True) is not None

    server.shutdown()
    server.server_close()
    thread.join()
    assert asked == [b""]


def test_a_socket_that_only_listens_is_not_ready(monkeypatch):
    monkeypatch.setattr(readiness, "READY_SECONDS", 0.3)
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert wait_until_accepted(listener.getsockname(), lambda: True) is None


def test_an_application_that_ended_is_not_ready():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    began = time.monotonic()

    assert wait_until_accepted(address, lambda: time.monotonic() - began < 0.2) is None
    assert time.monotonic() - began < readiness.READY_SECONDS / 2
