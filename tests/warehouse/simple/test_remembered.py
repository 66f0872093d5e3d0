"""Pages are drawn once for each serial, and never shown under another."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import conninfo
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.factories import make_file, make_project
from warehouse.projects.services import refresh_project
from warehouse.settings import Settings
from warehouse.simple.remembered import ENTRY_BYTES, Remembered, Serials

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


class Inner:
    """An application that counts what it is asked."""

    def __init__(self) -> None:
        self.serial = "1"
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.asked.append(environ["PATH_INFO"])
        headers = [("Content-Type", "text/html"), ("Content-Length", "100"), ("ETag", f'"{self.serial}"')]
        if "nothing" in environ["PATH_INFO"]:
            start_response("404 Not Found", [("Content-Type", "text/html")])
            return [b"nothing"]
        start_response("200 OK", [*headers, ("X-PyPI-Last-Serial", self.serial)])
        return [b"x" * 50, b"y" * 50]


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def client(inner: Inner) -> TestApp:
    return TestApp(Remembered(inner, lambda name: inner.serial, most_bytes=2 * (ENTRY_BYTES + 100)))


def test_a_page_is_drawn_once(client: TestApp, inner: Inner):
    first, second = client.get("/simple/one/"), client.get("/simple/one/")
    assert inner.asked == ["/simple/one/"]
    assert (first.body, first.headers) == (second.body, second.headers)


def test_a_new_serial_draws_it_again(client: TestApp, inner: Inner):
    client.get("/simple/one/")
    inner.serial = "2"
    assert client.get("/simple/one/").etag == "2"
    assert client.get("/simple/one/").etag == "2"
    assert len(inner.asked) == 2


def test_a_client_that_has_the_page_is_told_so(client: TestApp):
    client.get("/simple/one/")
    response = client.get("/simple/one/", headers={"If-None-Match": '"1"'}, status=304)
    assert (response.body, response.etag) == (b"", "1")
    assert "Content-Length" not in response.headers
    assert client.get("/simple/one/", headers={"If-None-Match": '"0"'}).status_int == 200


def test_representations_are_told_apart(client: TestApp, inner: Inner):
    client.get("/simple/one/")
    client.get("/simple/one/", headers=JSON)
    assert len(inner.asked) == 2


def test_the_page_not_asked_for_longest_is_dropped(client: TestApp, inner: Inner):
    for name in ("one", "two", "one", "three", "one", "two"):
        client.get(f"/simple/{name}/")
    assert inner.asked == ["/simple/one/", "/simple/two/", "/simple/three/", "/simple/two/"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/simple/", {}),
        ("/simple/one", {}),
        ("/simple/one/two/", {}),
        ("/simple/one/?query", {}),
        ("/simple/one/", {"Accept": "a" * 300}),
        ("/simple/nothing/", {}),
    ],
)
def test_whatever_is_not_plain_is_asked_every_time(
    client: TestApp, inner: Inner, path: str, headers: dict[str, str]
):
    for _ in range(2):
        client.get(path, headers=headers, status="*")
    assert len(inner.asked) == 2


def test_other_methods_reach_the_application(client: TestApp, inner: Inner):
    for _ in range(2):
        client.head("/simple/one/")
    assert len(inner.asked) == 2


def test_a_new_file_is_seen_at_once(app: TestApp, db: Session):
    project = make_project(db, "sample")
    for _ in range(2):
        assert app.get("/simple/sample/", headers=JSON).json["files"] == []
    make_file(db, project.releases[0], "sample-1.0.tar.gz")
    refresh_project(db, project)
    db.commit()
    assert len(app.get("/simple/sample/", headers=JSON).json["files"]) == 1


@pytest.fixture
def committed(engine: Engine) -> Iterator[str]:
    """A project that every connection sees; its serial."""
    with Session(engine) as session:
        serial = str(make_project(session, "sample").serial)
    yield serial
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE projects RESTART IDENTITY CASCADE"))


def test_serials_are_asked_of_the_database(committed: str, settings: Settings):
    url = settings.database_url.set(drivername="postgresql").render_as_string(hide_password=False)
    serials = Serials(url)
    assert [serials.of("sample"), serials.of("sample"), serials.of("nothing")] == [committed, committed, None]


def test_a_lost_connection_is_made_again(committed: str, engine: Engine, settings: Settings):
    url = settings.database_url.set(drivername="postgresql").render_as_string(hide_password=False)
    serials = Serials(conninfo.make_conninfo(url, application_name="serials"))
    assert serials.of("sample") == committed
    with engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'serials'")
        )
    assert serials.of("sample") is None
    assert serials.of("sample") == committed
