"""Conveyor asks the index and redirects; what it cannot ask it says."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from webob import Request

from conveyor import app, index
from conveyor.app import Conveyor
from conveyor.index import Answer, Away, Index, over_http
from conveyor.settings import Settings

INDEX, DOCS = "https://index.example.org", "docs.example.org"
PRESENT = f"/packages/0a/1b/{'2c' * 30}/demo-1.0.tar.gz"
SIMPLE = {
    "files": [
        {"filename": "demo-1.0.tar.gz", "url": PRESENT, "core-metadata": False},
        {"filename": "demo-1.0-py3-none-any.whl", "url": f"{PRESENT}.whl", "core-metadata": {"sha256": "a"}},
    ]
}
PROJECT = {"info": {"project_urls": {"Documentation": "https://demo.example.net/"}}}
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Pages:
    """An index that answers with what a test says, and remembers what it was asked."""

    def __init__(self, **pages: Answer) -> None:
        self.pages = {
            "/simple/demo/": Answer(200, json.dumps(SIMPLE).encode()),
            "/pypi/demo/json": Answer(200, json.dumps(PROJECT).encode()),
            "/pypi/quiet/json": Answer(200, b'{"info": {"project_urls": null}}'),
            "/simple/empty/": Answer(200, b'{"files": []}'),
            PRESENT: Answer(200),
            "/_health/": Answer(200),
        }
        self.asked: list[tuple[str, str]] = []
        self.is_away = False

    def __call__(self, method: str, path: str, accept: str) -> Answer:
        self.asked.append((method, path))
        if self.is_away:
            raise Away("it is away")
        return self.pages.get(path, Answer(404))


def asked(pages: Pages | None = None, path: str = "", host: str = "files.example.org", method: str = "GET"):
    settings = Settings(INDEX, DOCS)
    request = Request.blank(path, method=method, headers={"Host": host})
    return request.get_response(Conveyor(settings, Index(settings, pages or Pages())))


OLD = "/packages/source/d/demo/demo-1.0.tar.gz"


@pytest.mark.parametrize(
    ("host", "path", "location"),
    [
        ("files.example.org", OLD, INDEX + PRESENT),
        ("files.example.org", f"{OLD}?a=b", INDEX + PRESENT),
        ("files.example.org", "/packages/py3/D/Demo/demo-1.0-py3-none-any.whl", f"{INDEX}{PRESENT}.whl"),
        (
            "files.example.org",
            "/packages/py3/d/demo/demo-1.0-py3-none-any.whl.metadata",
            f"{INDEX}{PRESENT}.whl.metadata",
        ),
        ("files.example.org", "/packages/source/d/de%6Do/demo%2D1.0.tar.gz", INDEX + PRESENT),
        ("files.example.org", PRESENT, INDEX + PRESENT),
        ("demo.docs.example.org", "/a/b", "https://demo.example.net/"),
        ("docs.example.org", "/Demo/a/b", "https://demo.example.net/"),
        ("quiet.docs.example.org", "/", f"{INDEX}/project/quiet/"),
        ("docs.example.org", "/empty/", f"{INDEX}/project/empty/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_address_of_before_leads_to_the_present_one(method: str, host: str, path: str, location: str):
    response = asked(None, path, host, method)
    assert response.status == "302 Found"
    assert response.headers["Location"] == location
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert {name: response.headers[name] for name in GUARDS} == GUARDS
    assert bool(response.body) is (method == "GET")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("files.example.org", "/"),
        ("files.example.org", "/packages/source/d/demo/demo-2.0.tar.gz"),
        ("files.example.org", f"{OLD}.asc"),
        ("files.example.org", "/packages/source/n/nothing/nothing-1.0.tar.gz"),
        ("files.example.org", "/packages/source/d/demo/%2e%2e/x"),
        ("files.example.org", f"{OLD}%0d%0aLocation:%20https://evil.example/"),
        ("files.example.org", "/packages/source/d/dem%C3%B6/demo-1.0.tar.gz"),
        ("files.example.org", "/packages/source/d/dem%FF/demo-1.0.tar.gz"),
        ("files.example.org", PRESENT.replace("0a", "0b")),
        ("nothing.docs.example.org", "/"),
        ("docs.example.org", "/nothing/"),
        ("docs.example.org", "//evil.example/"),
        ("files.example.org", "//evil.example/%2f.."),
    ],
)
def test_what_is_not_there_is_said_to_be_so(host: str, path: str):
    response = asked(None, path, host)
    assert (response.status, response.text) == ("404 Not Found", "There is nothing here.\n")
    assert "Location" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_an_address_is_only_read(method: str):
    pages = Pages()
    response = asked(pages, OLD, method=method)
    assert (response.status, response.headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD")
    assert pages.asked == []


@pytest.mark.parametrize(
    ("host", "path"),
    [("files.example.org", OLD), ("files.example.org", PRESENT), ("demo.docs.example.org", "/")],
)
@pytest.mark.parametrize(
    "answer",
    [
        None,
        Answer(500),
        Answer(301),
        Answer(429),
    ],
)
def test_an_index_that_is_away_is_asked_again_in_a_while(host: str, path: str, answer: Answer | None):
    pages = Pages()
    pages.is_away = answer is None
    pages.pages = dict.fromkeys(pages.pages, answer or Answer(500))
    response = asked(pages, path, host)
    assert (response.status, response.headers["Retry-After"]) == ("503 Service Unavailable", "30")
    assert response.text == "The index does not answer. Try again in a while.\n"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"files": 1}',
        b'{"files": [{}]}',
        b'{"info": []}',
        b"[" * 100_000,
        b"\xff",
    ],
)
@pytest.mark.parametrize(("host", "path"), [("files.example.org", OLD), ("demo.docs.example.org", "/")])
def test_an_index_that_answers_nonsense_is_away(host: str, path: str, body: bytes):
    pages = Pages()
    pages.pages = dict.fromkeys(pages.pages, Answer(200, body))
    assert asked(pages, path, host).status == "503 Service Unavailable"


def test_the_index_is_asked_once_for_all_files_of_a_project_and_again_after_a_failure():
    settings, pages = Settings(INDEX, DOCS), Pages()
    made = Conveyor(settings, Index(settings, pages))

    def status(path: str, host: str = "files.example.org") -> int:
        return Request.blank(path, headers={"Host": host}).get_response(made).status_int

    pages.is_away = True
    assert status(OLD) == 503
    pages.is_away = False
    assert [status(OLD), status(OLD.replace("1.0", "2.0")), status(OLD.replace("demo/", "Demo/"))] == [
        302,
        404,
        302,
    ]
    assert [status(PRESENT), status(PRESENT)] == [302, 302]
    assert [status("/", "demo.docs.example.org"), status("/demo/", DOCS)] == [302, 302]
    assert [status("/packages/source/n/no/no.zip")] * 2 == [404, 404]
    pages.is_away = True
    assert status(OLD) == 302
    assert pages.asked == [
        ("GET", "/simple/demo/"),
        ("GET", "/simple/demo/"),
        ("HEAD", PRESENT),
        ("GET", "/pypi/demo/json"),
        ("GET", "/simple/no/"),
    ]


# Over HTTP


@contextmanager
def serving(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[tuple[str, list[str]]]:
    """Serve answers by path on a free port; what was asked is told as method, path and headers."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(f"{self.command} {self.path} {self.headers['Accept']} {self.headers['Cookie']}")
            status, headers, body = answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def test_the_index_is_asked_over_http_and_no_redirect_is_followed(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    moved = {"Location": "/a", "Set-Cookie": "a=b"}
    with serving({"/a": (200, {}, b"body"), "/b": (302, moved, b"moved")}) as (origin, seen):
        ask = over_http(origin)
        assert ask("GET", "/a", "text/x") == Answer(200, b"body")
        assert ask("HEAD", "/a", "*/*") == Answer(200, b"")
        assert ask("GET", "/b", "*/*") == Answer(302, b"moved")
        assert ask("GET", "/c", "*/*").status == 404
    assert seen == ["GET /a text/x None", "HEAD /a */* None", "GET /b */* None", "GET /c */* None"]


def test_an_index_that_says_too_much_is_away(monkeypatch):
    monkeypatch.setattr(index, "LONGEST", 3)
    with serving({"/a": (200, {}, b"four"), "/b": (200, {}, b"thr")}) as (origin, _):
        ask = over_http(origin)
        with pytest.raises(Away, match="/a: more than 3 bytes"):
            ask("GET", "/a", "*/*")
        assert ask("GET", "/b", "*/*").body == b"thr"


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "nonsense"}, {"Content-Length": "100", "Connection": "close"}]
)
def test_an_answer_that_ends_early_is_away_or_nonsense(headers):
    with serving({"/simple/demo/": (200, headers, b'{"files": ')}) as (origin, _):
        settings = Settings(origin, DOCS)
        with pytest.raises(Away):
            Index(settings, over_http(origin)).files("demo")


def test_an_index_that_sends_byte_by_byte_is_away_after_a_while(monkeypatch):
    """Each byte comes within the time for a read, and all of them would take for ever."""
    monkeypatch.setattr(index, "WHOLE_SECONDS", 0.3)
    ends = threading.Event()

    def drip(listener: socket.socket, head: bytes) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(head)
            while not ends.wait(0.02):
                connection.sendall(b" ")

    for head in (
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX:",
    ):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=drip, args=[listener, head], daemon=True).start()
            began = time.monotonic()
            with pytest.raises(Away, match="/a: "):
                over_http(f"http://127.0.0.1:{listener.getsockname()[1]}")("GET", "/a", "*/*")
            assert time.monotonic() - began < 5
    ends.set()


def test_an_index_that_nobody_serves_is_away(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Away, match="/a: "):
        over_http(f"http://127.0.0.1:{port}")("GET", "/a", "*/*")


def test_the_application_of_the_environment_says_how_the_index_is(monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    simple = json.dumps(SIMPLE).encode()
    with serving({"/_health/": (200, {}, b""), "/simple/demo/": (200, {}, simple)}) as (origin, _):
        monkeypatch.setenv("CONVEYOR_INDEX", origin)
        application = app.application()
        assert Request.blank("/_health/ready").get_response(application).status_int == 200
        response = Request.blank(OLD).get_response(application)
        assert response.headers["Location"] == origin + PRESENT
    away = Index(Settings(INDEX), Pages())
    away.ask.pages["/_health/"] = Answer(404)
    with pytest.raises(Away, match="status 404"):
        away.check()
