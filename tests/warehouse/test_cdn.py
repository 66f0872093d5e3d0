"""Purging: a real server takes the requests; each way to fail is one sentence, and the token is in none."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pyramid.registry import Registry
from sqlalchemy import text
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import basic, make_project, make_wheel, upload_fields
from warehouse import cdn
from warehouse.cdn import project_paths, purge
from warehouse.errors import WarehouseError
from warehouse.settings import Settings
from warehouse.tokens.models import Token

TOKEN = "hush-do-not-tell"


@dataclass
class Cdn:
    """A CDN that answers every purge with one status; `seen` are the requests."""

    status: int = 200
    address: str = ""
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)


@pytest.fixture
def fake() -> Iterator[Cdn]:
    """A CDN at a real address."""
    fake = Cdn()

    class Handler(BaseHTTPRequestHandler):
        def do_PURGE(self) -> None:
            fake.seen.append((self.command, self.path, self.headers["Fastly-Key"]))
            self.send_response(fake.status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


def at(settings: Settings, address: str, token: str = TOKEN) -> Settings:
    """Return settings with a CDN."""
    return replace(settings, cdn=address, cdn_token=token, site="https://index.example.org")


def sentence(settings: Settings, *addresses: str) -> str:
    """Purge, and return why that fails."""
    with pytest.raises(WarehouseError) as error:
        purge(settings, addresses)
    assert TOKEN not in str(error.value)
    return str(error.value)


def test_paths_and_addresses_of_this_site_are_purged(settings: Settings, fake: Cdn):
    addresses = ["/simple/", f"{fake.address}/simple/a/?b=c", "https://index.example.org/pypi/a/json"]
    purge(at(settings, fake.address), addresses)
    paths = ["/simple/", "/simple/a/?b=c", "/pypi/a/json"]
    assert fake.seen == [("PURGE", path, TOKEN) for path in paths]


def test_without_a_token_none_is_sent(settings: Settings, fake: Cdn):
    purge(at(settings, fake.address, token=""), ["/simple/"])
    assert fake.seen == [("PURGE", "/simple/", None)]


def test_without_a_cdn_there_is_nothing_to_purge(settings: Settings):
    assert sentence(settings, "/") == "no CDN is configured. Name its address in WAREHOUSE_CDN."


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example.org/simple/",
        "https://index.example.org.evil.example/",
        "https://index.example.org@evil.example/",
        "http://127.0.0.1/",
        "//evil.example/",
        "simple/",
        "/a b",
        "/a\r\nHost: b",
        "/ä",
        "/a#b",
        "",
    ],
)
def test_other_addresses_are_refused_before_anything_is_purged(settings: Settings, fake: Cdn, address: str):
    hint = f"Name a path, or an address that begins with '{fake.address}/'."
    refused = sentence(at(settings, fake.address), "/simple/", address)
    assert refused == f"'{address}' is not an address of this site. {hint}"
    assert fake.seen == []


@pytest.mark.parametrize("status", [301, 401, 403, 404, 503])
def test_a_refusal_is_said_and_ends_the_purge(settings: Settings, fake: Cdn, status: int):
    fake.status = status
    assert sentence(at(settings, fake.address), "/a", "/b") == (
        f"the CDN refused to purge '/a' with status {status}. Is WAREHOUSE_CDN_TOKEN right, and may it purge?"
    )
    assert len(fake.seen) == 1


def test_a_cdn_that_is_not_there_is_one_sentence(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = sentence(at(settings, f"http://127.0.0.1:{port}"), "/a")
    assert said == (
        f"cannot reach the CDN at 'http://127.0.0.1:{port}': Connection refused. Correct WAREHOUSE_CDN, or wait."
    )


def test_a_cdn_that_never_answers_is_left_after_a_while(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cdn, "TIMEOUT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert sentence(at(settings, address), "/a") == (
            f"cannot reach the CDN at '{address}': timed out. Correct WAREHOUSE_CDN, or wait."
        )


def test_a_cdn_that_speaks_no_http_and_one_without_encryption_are_one_sentence(settings: Settings, fake: Cdn):
    with socket.create_server(("127.0.0.1", 0)) as strange:

        def answer() -> None:
            connection, _ = strange.accept()
            connection.sendall(b"hello\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        port = strange.getsockname()[1]
        assert "cannot reach the CDN" in sentence(at(settings, f"http://127.0.0.1:{port}"), "/a")
        thread.join()
    encrypted = fake.address.replace("http:", "https:")
    assert f"cannot reach the CDN at '{encrypted}': " in sentence(at(settings, encrypted), "/a")
    assert fake.seen == []


def test_all_pages_of_a_project_are_known(db: Session):
    make_project(db, "Sample", versions=("1.0", "2.0"))
    assert project_paths(db, "sample") == [
        "/simple/",
        "/simple/sample/",
        "/pypi/sample/json",
        "/pypi/sample/1.0/json",
        "/pypi/sample/2.0/json",
    ]
    assert project_paths(db, "gone") == ["/simple/", "/simple/gone/", "/pypi/gone/json"]


@pytest.mark.parametrize("address", ["", "https://cdn.example.org"])
def test_an_upload_purges_where_there_is_a_cdn(
    app: TestApp,
    db: Session,
    registry: Registry,
    token: tuple[Token, str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
):
    monkeypatch.setattr(registry, "warehouse", replace(registry.warehouse, cdn=address))
    files = [("content", "sample-1.0-py3-none-any.whl", make_wheel())]
    app.post("/legacy/", upload_fields(make_wheel()), headers=basic(token[1]), upload_files=files)
    query = text("SELECT args FROM queue.procrastinate_jobs WHERE task_name = 'warehouse:purge_project'")
    assert list(db.scalars(query)) == ([{"project": "sample"}] if address else [])
