"""Requests while the application is reloaded: none is refused, none is cut, and none is answered by old code after the save."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .harness import wait_until

STALE_SECONDS = 3.0  # `bench/serve/load.py` measures it; tests share their machine


class Load:
    """Requests at a rate, each by a connection of its own, and what became of them."""

    def __init__(self, served, per_second):
        self.served, self.pause = served, 1 / per_second
        self.failed, self.answers, self.is_over = [], [], False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.threads = []

    def run(self):
        following = time.monotonic()
        while not self.is_over:
            self.threads.append(threading.Thread(target=self.ask, daemon=True))
            self.threads[-1].start()
            following += self.pause
            time.sleep(max(0.0, following - time.monotonic()))

    def ask(self):
        began = time.monotonic()
        try:
            found = self.served.get(seconds=10)
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(repr(error))
        else:
            self.answers.append((began, time.monotonic(), found.status, found.text))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        for thread in self.threads:
            thread.join(15)


def test_no_request_fails_over_reloads_and_none_is_answered_by_old_code_for_long(serve):
    served = serve()
    saves = []
    with Load(served, 50) as load:
        for number in range(5):
            saves.append((time.monotonic(), f"n{number}!"))
            served.write("app/words.py", f"WORD = 'n{number}'\n")
            served.wait_for(f"n{number}!")
            time.sleep(0.2)

    assert load.failed == []
    assert {status for _, _, status, _ in load.answers} == {200}
    for place, (saved, text) in enumerate(saves):
        allowed = {each for _, each in saves[place:]} | {text}
        late = [
            begun - saved for begun, _, _, found in load.answers if begun > saved and found not in allowed
        ]
        assert max(late, default=0) < STALE_SECONDS, late


def test_a_request_in_flight_is_finished_by_the_worker_that_began_it(serve):
    served = serve()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(served.get("/slow?1")), daemon=True)
    thread.start()
    time.sleep(0.1)
    began = time.monotonic()
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")
    seconds = time.monotonic() - began
    thread.join(5)

    assert answers[0].text == "one!" and seconds < 5


def test_a_stream_is_finished_by_the_worker_that_began_it(serve):
    served = serve()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(served.get("/stream?1")), daemon=True)
    thread.start()
    time.sleep(0.2)
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")
    thread.join(5)

    assert answers[0].text == "".join(f"{number} one\n" for number in range(10))


def test_a_request_that_takes_too_long_is_ended_after_the_grace(serve):
    served = serve()
    pid = int(served.get("/pid").text)
    began = time.monotonic()
    thread = threading.Thread(target=lambda: _ask(served, "/slow?60"), daemon=True)
    thread.start()
    time.sleep(0.1)
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")
    wait_until(lambda: pid not in served.processes(), "the end of the old worker", 8)

    assert 2.5 < time.monotonic() - began < 12


def _ask(served, path):
    with contextlib.suppress(OSError, http.client.HTTPException):
        served.get(path, seconds=30)


def test_an_idle_connection_is_answered_by_new_code_or_closed(serve):
    served = serve()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"one!"
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")
    try:
        connection.request("GET", "/")
        answer = connection.getresponse().read()
    except (
        http.client.RemoteDisconnected,
        ConnectionError,
    ):  # a client may not take a closed connection for more (RFC 9112, 9.3.1)
        connection.close()
        connection.request("GET", "/")
        answer = connection.getresponse().read()

    assert answer == b"two!"


def test_a_body_that_is_sent_slowly_is_read_to_its_end(serve):
    served = serve()
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as connection:
        connection.sendall(
            b"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n"
            + b"x" * 500
        )
        time.sleep(0.1)
        served.write("app/words.py", "WORD = 'two'\n")
        served.wait_for("two!")
        connection.sendall(b"x" * 500)
        answer = b""
        while data := connection.recv(4096):
            answer += data

    assert answer.endswith(b"\r\n\r\n1000")


def test_a_body_sent_to_the_page_of_a_failure_gets_that_page(serve):
    served = serve()
    served.write("app/views.py", "x = (\n")
    served.wait_for("SyntaxError", status=500)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    connection.request("POST", "/upload", body=b"x" * 1_000_000)

    assert connection.getresponse().status == 500


def test_requests_wait_while_the_first_worker_starts(serve):
    served = serve(wait="", prepare=lambda folder: (folder / "app/views.py").write_text("import time\ntime.sleep(0.7)\nSUFFIX = '!'\n"))  # fmt: skip
    wait_until(lambda: socket.create_connection(("127.0.0.1", served.port)).close() is None, "the socket")

    assert served.get().text == "one!"


def test_pages_get_the_script_and_nothing_else_does(serve):
    served = serve()
    page = served.get("/html")

    assert page.text.startswith('<html><head><script src="/__serve__/client.js" data-generation="1"')
    assert "<script" not in served.get("/").text
    assert "EventSource" in served.get("/__serve__/client.js").text


def test_status_is_told_at_the_reserved_path(serve):
    served = serve()
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")

    def status() -> dict | None:
        """The worker may answer before the supervisor has heard that it is ready."""
        told = served.status()
        return told if len(told["reloads"]) == 2 and told["state"] == "serving" else None

    found = wait_until(status, "the reload")

    assert found["application"] == "app.main:application"
    assert {"worker", "zygote"} <= {each["kind"] for each in found["processes"]}
    assert (
        found["reloads"][-1]["why"] == "app/words.py changed" or found["reloads"][-1]["why"] == "app/words.py"
    )
    served.write("app/words.py", "WORD = (\n")
    served.wait_for("SyntaxError", status=500)
    assert served.status()["failure"]["title"] == "SyntaxError"


def test_events_tell_what_happens(serve):
    served = serve()
    location = served.get("/__serve__/events").headers["Location"]
    port = int(location.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            b"GET /__serve__/events HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1:1\r\n\r\n"
        )
        heard = Heard(connection)
        heard.wait_for('"kind": "now"')
        assert b"Access-Control-Allow-Origin: http://127.0.0.1:1" in heard.data
        served.write("app/words.py", "WORD = (\n")
        heard.wait_for('"kind": "broken"')
        served.write("app/words.py", "WORD = 'two'\n")
        heard.wait_for('"kind": "good"')
        served.write("static/a.css", "a {}")
        heard.wait_for('"kind": "style"')
        served.write("templates/a.html", "a")
        heard.wait_for('"kind": "page"')


class Heard:
    def __init__(self, connection):
        self.connection, self.data = connection, b""

    def wait_for(self, text):
        while text.encode() not in self.data:
            found = self.connection.recv(65536)
            assert found, self.data
            self.data += found


ASGI = """
import asyncio
from app import words

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": words.WORD})
        return
    if scope["path"] == "/error":
        raise ValueError("from a view")
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    kind = b"text/html" if scope["path"] == "/html" else b"text/plain"
    body = b"<head></head>" + words.WORD.encode() if scope["path"] == "/html" else words.WORD.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
"""


def as_asgi(folder):
    (folder / "app/main.py").write_text(ASGI)


def test_an_asgi_application_without_a_server_is_told_what_to_install(serve):
    absent = 'import sys\nsys.modules["uvicorn"] = None  # as if it were not installed\n'
    served = serve(wait="", prepare=lambda folder: (folder / "app/main.py").write_text(absent + ASGI))

    served.wait_for(
        "uvicorn, which serves ASGI applications, is not installed. Add 'uvicorn' to the requirements.",
        status=500,
    )


def test_an_asgi_application_is_reloaded_without_a_failed_request(serve):
    served = serve(prepare=as_asgi, wait="one")
    with Load(served, 50) as load:
        for number in range(4):
            served.write("app/words.py", f"WORD = 'n{number}'\n")
            served.wait_for(f"n{number}")
            time.sleep(0.2)
    assert load.failed == []
    assert "client.js" in served.get("/html").text
    assert served.get("/error").status == 500 and "main.py" in served.get("/error").text
    answers = []
    thread = threading.Thread(target=lambda: answers.append(served.get("/slow")), daemon=True)
    thread.start()
    time.sleep(0.2)
    served.write("app/words.py", "WORD = 'last'\n")
    served.wait_for("last")
    thread.join(5)
    assert answers[0].text == "n3"


def test_a_websocket_is_closed_by_a_reload_and_the_next_one_has_the_new_code(serve):
    served = serve(prepare=as_asgi, wait="one")
    with connect(f"ws://127.0.0.1:{served.port}/") as old:
        old.send("?")
        assert old.recv(5) == "one"
        served.write("app/words.py", "WORD = 'two'\n")
        served.wait_for("two")
        with connect(f"ws://127.0.0.1:{served.port}/") as new:
            new.send("?")
            assert new.recv(5) == "two"
        with pytest.raises(ConnectionClosed):
            old.recv(8)


MAKING = """
import os, pathlib
from app import words

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    text = pathlib.Path(environ["PATH_INFO"][1:] + ".txt")
    if environ["PATH_INFO"] == "/made":  # by another process, as a converter does it
        os.system(f"echo {os.getpid()} > {text}")
    else:
        text.write_text(str(os.getpid()))
    said = text.read_bytes()
    if environ["PATH_INFO"] != "/kept":
        text.unlink()
    return [words.WORD.encode(), b" ", said]
"""


@pytest.mark.parametrize("path", ["/made", "/written", "/kept"])
def test_a_text_that_a_request_makes_and_reads_is_no_reason_to_start_again(serve, path):
    served = serve(prepare=lambda folder: (folder / "app/main.py").write_text(MAKING), wait="one")
    # What another process has written is told by the system alone; on a busy machine that can come after what is known of the request, once.
    for word in ("two", "three", "four") if path == "/made" else ("two",):
        before = served.boots
        for _ in range(6):
            served.get(path)
        served.write("app/words.py", f"WORD = '{word}'\n")
        served.wait_for(word, path)
        wait_until(lambda before=before: served.boots > before, "the start is told")
        if served.boots == before + 1:
            return
    pytest.fail(str(served.output))


KEEPING = """
import functools, pathlib
from app import words
TEMPLATE = pathlib.Path(__file__).parent.parent / "templates/late.html"

@functools.cache
def template():
    return TEMPLATE.read_bytes()

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [template() if environ["PATH_INFO"] == "/late" else words.WORD.encode()]
"""


def test_a_template_that_is_saved_between_its_reading_and_its_following_is_read_again(serve):
    def prepare(folder):
        (folder / "app/main.py").write_text(KEEPING)
        (folder / "templates").mkdir()
        (folder / "templates/late.html").write_text("first")

    served = serve(prepare=prepare, wait="one")
    os.kill(served.process.pid, signal.SIGSTOP)
    try:
        assert served.get("/late").text == "first"
        served.write("templates/late.html", "second")
    finally:
        os.kill(served.process.pid, signal.SIGCONT)

    served.wait_for("second", "/late")
