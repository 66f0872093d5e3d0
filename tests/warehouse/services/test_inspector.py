"""The application and the inspector together: a wheel is uploaded, and looked into by the link of its project's page."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from pyramid.registry import Registry
from webtest import TestApp

from inspector.app import Inspector
from inspector.settings import from_environment
from tests.warehouse.factories import basic, make_sdist, make_wheel, upload_fields
from warehouse.tokens.models import Token

ORIGIN = "https://inspector.example.org"
WHEEL, SDIST = "sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz"


@contextmanager
def over_http(application: Any) -> Iterator[str]:
    """Serve the application under test, with the test's transaction, and yield its address."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def inspector(app: TestApp) -> Iterator[TestApp]:
    """A client of an inspector of the application under test."""
    with over_http(app.app) as address:
        made = Inspector(from_environment({"INSPECTOR_INDEX": address}))
        yield TestApp(made)
        made.close()


@pytest.fixture
def linked(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the application told of the inspector."""
    monkeypatch.setattr(registry, "warehouse", replace(registry.warehouse, inspector=ORIGIN))


def upload(app: TestApp, token: tuple[Token, str], filename: str, content: bytes, **fields: str) -> None:
    """Upload a file as twine does."""
    given = upload_fields(content, **fields)
    app.post("/legacy/", given, headers=basic(token[1]), upload_files=[("content", filename, content)])


@pytest.mark.usefixtures("linked")
def test_a_page_leads_to_what_is_in_each_of_its_files(
    app: TestApp, token: tuple[Token, str], inspector: TestApp
):
    wheel = make_wheel(**{"sample/__init__.py": "answer = 42\n"})
    upload(app, token, WHEEL, wheel)
    upload(app, token, SDIST, make_sdist(), filetype="sdist")
    page = app.get("/project/sample/")

    links = {link["aria-label"]: link["href"] for link in page.html.select("a[aria-label^=Inspect]")}
    assert links == {f"Inspect {name}": f"{ORIGIN}/project/sample/1.0/{name}/" for name in (WHEEL, SDIST)}
    listed = inspector.get(links[f"Inspect {WHEEL}"].removeprefix(ORIGIN))
    assert hashlib.sha256(wheel).hexdigest() in listed
    source = listed.click("__init__.py")
    assert source.html.select_one("#L1").get_text() == "1answer = 42"
    assert source.click("Download").body == b"answer = 42\n"
    assert "setup.py" in inspector.get(links[f"Inspect {SDIST}"].removeprefix(ORIGIN))


def test_without_an_inspector_no_page_names_one(app: TestApp, token: tuple[Token, str]):
    upload(app, token, WHEEL, make_wheel())
    assert "Inspect" not in app.get("/project/sample/")


def test_the_inspector_knows_what_the_index_knows(app: TestApp, token: tuple[Token, str], inspector: TestApp):
    assert "There is no project 'sample'." in inspector.get("/project/sample/", status=404).text.replace(
        "&#39;", "'"
    )
    upload(app, token, WHEEL, make_wheel())

    assert (
        inspector.get("/project/Sample/1.0.0/")
        .follow()
        .follow()
        .click(WHEEL)
        .request.path.endswith(f"{WHEEL}/")
    )
    assert [link.get_text() for link in inspector.get("/project/sample/").html.select("main a")] == ["1.0"]
