"""A service says how it is, and what it has done, in JSON."""

import io
import json
import logging
import sys
import threading
from wsgiref.util import setup_testing_defaults

import pytest

import vitals
from vitals import health


def ask(app, path, method="GET"):
    environ, said = {"PATH_INFO": path, "REQUEST_METHOD": method}, []
    setup_testing_defaults(environ)
    answer = app(environ, lambda status, headers, *error: said.append((status, dict(headers))))
    body = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return (*said[-1], body)


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@pytest.fixture
def lines(monkeypatch):
    """Begin a log in memory; called, it returns the lines as they were read from JSON."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stderr", stream)
    vitals.begin("demo")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


def test_a_process_that_answers_is_alive():
    status, headers, body = ask(vitals.watched(hello, "demo", {"never": lambda: 1 / 0}), "/_health/live")

    assert (status, json.loads(body)) == ("200 OK", {"service": "demo", "ok": True})
    assert headers["Cache-Control"] == "no-store"


def test_it_is_ready_when_all_checks_return():
    status, _, body = ask(vitals.watched(hello, "demo", {"index": lambda: None}), "/_health/ready")

    assert (status, json.loads(body)) == (
        "200 OK",
        {"service": "demo", "ok": True, "checks": {"index": "ok"}},
    )


def test_a_check_that_fails_is_named_and_its_reason_is_in_the_log_alone(lines):
    def database():
        raise ConnectionError("password 'x' was refused")

    app = vitals.watched(hello, "demo", {"index": lambda: None, "database": database})
    status, _, body = ask(app, "/_health/ready")

    assert status == "503 Service Unavailable"
    assert json.loads(body)["checks"] == {"index": "ok", "database": "fails"}
    assert b"password" not in body
    (line,) = lines()
    assert line["message"] == "the check 'database' fails"
    assert "password 'x' was refused" in line["error"]


def test_nobody_waits_for_checks_that_somebody_asks(monkeypatch):
    """Threads that wait would be missing for everything else: anybody may ask, as often as they like."""
    now, goes_on, asked = [100.0], threading.Event(), threading.Event()
    monkeypatch.setattr(health.time, "monotonic", lambda: now[0])

    def hang():
        asked.set()
        assert goes_on.wait(10)

    app = vitals.watched(hello, "demo", {"index": hang})
    found = []
    first = threading.Thread(target=lambda: found.append(ask(app, "/_health/ready")[0]))
    first.start()
    assert asked.wait(10)
    assert ask(app, "/_health/ready")[0] == "503 Service Unavailable"  # nobody knows yet
    goes_on.set()
    first.join(10)
    assert found == ["200 OK"]

    goes_on.clear(), asked.clear()
    now[0] += 2
    second = threading.Thread(target=ask, args=[app, "/_health/ready"])
    second.start()
    assert asked.wait(10)
    assert ask(app, "/_health/ready")[0] == "200 OK"  # as it was before
    now[0] += 11
    assert json.loads(ask(app, "/_health/ready")[2])["checks"] == {"index": "fails"}
    goes_on.set()
    second.join(10)


def test_checks_are_asked_once_a_second_at_most(monkeypatch):
    asked, now = [], [100.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: now[0])
    app = vitals.watched(hello, "demo", {"index": lambda: asked.append(1)})

    for _ in range(5):
        ask(app, "/_health/ready")
    assert len(asked) == 1
    now[0] += 1
    ask(app, "/_health/ready")
    assert len(asked) == 2


@pytest.mark.parametrize("path", ["/_health/live", "/_health/ready"])
def test_the_pages_answer_head_without_a_body_and_nothing_else(path):
    app = vitals.watched(hello, "demo")

    assert ask(app, path, "HEAD")[0::2] == ("200 OK", b"")
    assert ask(app, path, "POST")[0] == "405 Method Not Allowed"


def test_a_request_is_one_line_without_its_query(lines):
    status, _, body = ask(vitals.watched(hello, "demo"), "/a\nb")

    assert (status, body) == ("200 OK", b"hello")
    (line,) = lines()
    assert line.pop("milliseconds") >= 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "service": "demo",
        "logger": "vitals",
        "message": "GET /a\nb 200",
        "method": "GET",
        "path": "/a\nb",
        "status": "200",
    }


def test_an_application_that_raises_is_told_of_and_raises(lines):
    def broken(environ, start_response):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        ask(vitals.watched(broken, "demo"), "/x")
    assert [line["status"] for line in lines()] == ["no answer"]


def test_an_answer_is_closed_and_told_of_though_nobody_reads_it(lines):
    class Answer:
        is_closed = False

        def __iter__(self):
            return iter([b"x"])

        def close(self):
            self.is_closed = True

    given, environ = Answer(), {}
    setup_testing_defaults(environ)

    def app(environ, start_response):
        start_response("206 Partial Content", [])
        return given

    vitals.watched(app, "demo")(environ, lambda *words: None).close()

    assert given.is_closed
    assert [line["status"] for line in lines()] == ["206"]


def test_what_json_has_no_form_for_is_written_as_text(lines):
    logging.getLogger("x").warning("odd", extra={"where": {1}, "message_id": b"\xff"})

    (line,) = lines()
    assert (line["where"], line["message_id"]) == ("{1}", "b'\\xff'")


def test_a_wrong_setting_ends_the_process_with_a_sentence():
    with pytest.raises(SystemExit) as ended:
        raise vitals.Misconfigured("DEMO_KEY is not set", "Make one.")

    assert ended.value.code == "DEMO_KEY is not set. Make one."
