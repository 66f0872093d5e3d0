"""Answers that are easily got wrong: without a body, by the older way, after the end of a thread, to who asks by a name of its own."""

from __future__ import annotations

import http.client
import json
import socket
import time

import pytest

from buildgraph.serve import failures, hosts, inject
from buildgraph.serve.wrapper import Development, Wsgi

from .harness import wait_until

ANSWERING = """
import sys

def application(environ, start_response):
    path = environ["PATH_INFO"]
    html = ("Content-Type", "text/html")
    if path == "/moved":
        start_response("302 Found", [html, ("Content-Length", "0"), ("Location", "/")])
        return []
    if path == "/nothing":
        start_response("200 OK", [html, ("Content-Length", "0")])
        return [b""]
    if path == "/written":
        start_response("200 OK", [html, ("Content-Length", "13")])(b"<head></head>")
        return []
    if path == "/parts":
        start_response("200 OK", [html])
        return iter([] if environ["REQUEST_METHOD"] == "HEAD" else [b"<p>"])
    if path == "/exit":
        sys.exit(3)
    if path == "/interrupt":
        raise KeyboardInterrupt
    if path == "/error":
        raise ValueError("of a view")
    start_response("200 OK", [])
    return [b"one!"]
"""


@pytest.fixture
def served(serve):
    return serve(prepare=lambda folder: (folder / "app/main.py").write_text(ANSWERING))


@pytest.mark.parametrize(("path", "status"), [("/moved", 302), ("/nothing", 200)])
def test_an_answer_without_a_body_stays_without(served, path, status):
    found = served.get(path, seconds=3)

    assert (found.status, found.text, found.headers["Content-Length"]) == (status, "", "0")


def test_a_page_that_is_written_by_the_older_way_has_the_script(served):
    found = served.get("/written", seconds=3)

    assert found.text.startswith("<head><script") and len(found.body) == int(found.headers["Content-Length"])


def test_an_answer_to_head_has_no_body(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=3) as client:
        client.sendall(b"HEAD /parts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        found = b"".join(iter(lambda: client.recv(1 << 16), b""))

    assert b"script" not in found


@pytest.mark.parametrize(("path", "title"), [("/exit", "SystemExit"), ("/interrupt", "KeyboardInterrupt")])
def test_what_ends_a_thread_is_an_error_of_the_view(served, path, title):
    found = served.get(path, seconds=3)

    assert found.status == 500 and found.text.startswith(title)
    assert served.get("/").text == "one!"


def test_an_error_of_a_view_is_shown_where_nobody_reads_the_console(serve):
    served = serve(prepare=lambda folder: (folder / "app/main.py").write_text(ANSWERING), is_heard=False)
    found = served.get("/error", seconds=3)

    assert found.status == 500 and found.text.startswith("ValueError: of a view")


# Who asks


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("", True), ("localhost", True), ("localhost:8000", True), ("127.0.0.1:8000", True), ("[::1]:8000", True), ("10.1.2.3", True),
        ("machine", True), ("warehouse.local:80", True), ("app.localhost", True), ("pypi.test", True),
        ("evil.com", False), ("evil.com:8000", False), ("localhost.evil.com", False), ("127.0.0.1.evil.com", False), ("evil.com.", False), ("[", False),
    ],
)  # fmt: skip
def test_a_name_that_anybody_may_have_is_not_ours(host, is_known):
    assert hosts.is_known(host) is is_known


@pytest.mark.parametrize("path", ["/", "/__serve__/status.json", "/__serve__/", "/__serve__/events"])
def test_the_source_is_not_shown_to_who_asks_by_a_name_of_the_world(serve, path):
    served = serve()
    served.write("app/words.py", "SECRET = 1\nWORD = (\n")
    served.wait_for("SECRET", status=500)
    found = served.get(path, Host="evil.com", Accept="text/html")

    assert found.status in (403, 500) and "SECRET" not in found.text and "words.py" not in found.text


def test_an_error_of_a_view_says_nothing_to_who_asks_by_a_name_of_the_world(served):
    assert "of a view" not in served.get("/error", Host="evil.com").text
    assert "of a view" in served.get("/error", Host="localhost").text


def test_trying_again_leads_to_no_other_host(serve):
    served = serve(prepare=lambda folder: (folder / "app/words.py").write_text("("), wait="")
    served.wait_for("SyntaxError", status=500)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=3)
    connection.request("POST", "/__serve__/retry", headers={"Referer": "http://127.0.0.1/\\evil.com/"})

    assert connection.getresponse().headers["Location"] == "/"


def test_an_origin_that_is_none_is_refused_and_not_forgotten(serve):
    served = serve(prepare=lambda folder: (folder / "app/words.py").write_text("("), wait="")
    served.wait_for("SyntaxError", status=500)

    assert served.get("/__serve__/status.json", Origin="http://[", seconds=3).status == 200


# Exceptions that look like others


@pytest.mark.parametrize(
    "text",
    [
        "compile('def (', '<template>', 'exec')",
        "raise SyntaxError(123)",
        "raise SyntaxError('m', (1, 1, 1, 't'))",
        "raise SyntaxError('m', (b'file', 1, 1, 't'))",
        "raise SyntaxError('m', ('file.xml', 'x', 'y', 't'))",
        "class Bad(Exception):\n    def __str__(self): raise SystemExit\nraise Bad",
    ],
)
def test_an_exception_with_anything_in_it_has_the_place_where_it_was_raised(tmp_path, text):
    file = tmp_path / "part.py"
    file.write_text(text)
    with pytest.raises(Exception) as raised:
        exec(compile(text, str(file), "exec"), {})
    found = failures.of_exception(raised.value)

    assert (found.file, type(found.message), type(found.line)) == (str(file), str, int)
    assert json.dumps(found.as_dict())


@pytest.mark.parametrize("charset", ["utf-16", '"UTF-16LE"', "utf-32"])
def test_a_page_in_an_encoding_that_the_tag_is_not_readable_in_stays_as_it_is(charset):
    assert not inject.applies("200 OK", [("Content-Type", f"text/html; charset={charset}")])


def test_a_path_of_ours_stays_one_header():
    asked = {}

    def start(status, headers):
        asked.update(headers)

    list(Wsgi(None, Development("1", 1, {}))({"PATH_INFO": "/__serve__/\r\nX-Evil: yes"}, start))

    assert asked["Location"] == "http://127.0.0.1:1/__serve__/%0D%0AX-Evil%3A%20yes"


def test_a_view_that_only_lets_an_error_through_is_not_a_caller(tmp_path):
    module = tmp_path / "views.py"
    module.write_text(
        "def view():\n    1 / 0\n\n\ndef failure(error):\n    raise error\n\n\n"
        "def handle():\n    try:\n        view()\n    except ZeroDivisionError as error:\n        failure(error)\n\n\n"
        "def refuse():\n    raise ValueError(view())\n"
    )
    names: dict = {}
    exec(compile(module.read_text(), str(module), "exec"), names)

    with pytest.raises(ZeroDivisionError) as raised:
        names["handle"]()
    found = [frame.function for frame in failures.of_exception(raised.value).frames]
    assert found[-3:] == ["handle", "handle", "view"]

    with pytest.raises(ZeroDivisionError) as raised:
        names["refuse"]()
    found = [frame.function for frame in failures.of_exception(raised.value).frames]
    assert found[-2:] == ["refuse", "view"], "who calls in a raise is a caller"


def test_an_error_has_the_hint_for_its_class_or_for_what_it_was_raised_from():
    def raised() -> BaseException:
        try:
            try:
                {}["name"]
            except KeyError as cause:
                raise ValueError("no name") from cause
        except ValueError as error:
            return error

    assert failures.of_exception(raised(), hints={"KeyError": "Write it."}).hint == "Write it."
    assert failures.of_exception(raised(), hints={"LookupError": "Look."}).hint == "Look."
    hints = {"ValueError": "This.", "KeyError": "That."}
    assert failures.of_exception(raised(), hints=hints).hint == "This."
    assert failures.of_exception(raised(), hints={"OSError": "No."}).hint == ""


def test_the_page_and_the_console_say_what_to_do_about_an_error(serve):
    served = serve("--hint=ValueError=Run 'doit <b>'.")

    page = served.get("/error", Accept="text/html")
    assert "<p class=hint>Run &#x27;doit &lt;b&gt;&#x27;.</p>" in page.text
    served.wait_for_line("  Run 'doit <b>'.")


def test_an_application_is_asked_to_let_its_errors_through():
    asked = {}

    def application(environ, start_response):
        asked.update(environ)
        start_response("200 OK", [])
        return []

    list(Wsgi(application, Development("1", 1, {}))({"PATH_INFO": "/"}, lambda status, headers: None))

    assert asked["x-wsgiorg.throw_errors"] is True


def test_many_idle_connections_keep_nobody_out(serve):
    served = serve()
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(300)]
    try:
        served.wait_for("one!", seconds=5)
        served.write("app/words.py", "WORD = 'two'\n")
        wait_until(lambda: served.get(seconds=1).text == "two!", "the edit", 5)
    finally:
        for each in idle:
            each.close()


@pytest.mark.parametrize(
    "said", [b"", b"GET /__serve__/events HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["nothing", "events"]
)
def test_connections_that_nobody_uses_keep_nobody_out(serve, said):
    served = serve()
    served.write("app/views.py", "import nothing_of_this_name\n")
    served.wait_for("nothing_of_this_name", status=500)
    idle = []
    for _ in range(300):
        idle.append(socket.create_connection(("127.0.0.1", served.port)))
        idle[-1].sendall(said)

    began = time.monotonic()
    assert "nothing_of_this_name" in served.get().text
    assert time.monotonic() - began < 5.0
    for each in idle:
        each.close()
