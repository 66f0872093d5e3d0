"""A README's image, from the upload to the reader: the index signs its address, and the proxy fetches it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pyramid.registry import Registry
from pytest import MonkeyPatch
from sqlalchemy.orm import Session
from webtest import TestApp

from camo.app import Camo
from camo.network import Network
from camo.settings import Settings as CamoSettings
from tests.warehouse.factories import basic, make_wheel, upload_fields
from warehouse.headers import headers_of
from warehouse.jobs import tasks
from warehouse.tokens.models import Token

ORIGIN, KEY = "https://camo.example.org", "k" * 32
PUBLIC = "93.184.215.14"
IMAGE = b"\x89PNG\r\n\x1a\n" + b"badge" * 20
README = """# Sample

<img src="https://elsewhere.example.org/a.png" width="40" alt="far">

![build](http://images.example.org/badge.png?branch=main&style=flat)
![near](docs/near.png)
"""


class Badges(BaseHTTPRequestHandler):
    """A host of images."""

    def do_GET(self) -> None:
        """Answer with an image if it is the one that the README names."""
        is_there = (
            self.path == "/badge.png?branch=main&style=flat" and self.headers["Host"] == "images.example.org"
        )
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(IMAGE if is_there else b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[TestApp]:
    """Camo, in a network where a public address is a server of this test."""
    with HTTPServer(("127.0.0.1", 0), Badges) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        network = Network(
            resolve=lambda name, seconds: {"images.example.org": [PUBLIC]}.get(name, []),
            connect=lambda address, port, seconds: socket.create_connection(server.server_address, seconds),
            tls=ssl.create_default_context(),
        )
        yield TestApp(Camo(CamoSettings(KEY), network))
        server.shutdown()


@pytest.fixture
def page(app: TestApp, db: Session, token: tuple[Token, str], registry: Registry, monkeypatch: MonkeyPatch):
    """The page of an uploaded project whose description has images, in an index with a proxy."""
    settings = replace(registry.warehouse, camo=ORIGIN, camo_key=KEY)
    content = make_wheel()
    described = upload_fields(content, description=README, description_content_type="text/markdown")
    files = [("content", "sample-1.0-py3-none-any.whl", content)]
    app.post("/legacy/", described, upload_files=files, headers=basic(token[1]))
    monkeypatch.setattr(tasks, "_add", lambda *_, **__: None)
    tasks.render_descriptions(db, settings)
    db.commit()
    return app.get("/project/sample/")


def test_an_image_of_a_readme_reaches_its_reader(page, proxy: TestApp, registry: Registry):
    images = {image["alt"]: image for image in page.html.select(".description img")}
    assert sorted(images) == ["build", "far"]
    assert images["far"]["width"] == "40"
    assert page.html.select_one(".description .image-elsewhere").text == "near"
    policy = headers_of(replace(registry.warehouse, camo=ORIGIN))["Content-Security-Policy"]
    assert f"img-src 'self' data: {ORIGIN};" in policy

    origin, path = images["build"]["src"][: len(ORIGIN)], images["build"]["src"][len(ORIGIN) :]
    assert origin == ORIGIN
    answer = proxy.get(path)
    assert (answer.content_type, answer.body) == ("image/png", IMAGE)


def test_an_address_that_the_index_did_not_sign_is_refused(page, proxy: TestApp):
    address = page.html.select_one(".description img[alt=build]")["src"].removeprefix(ORIGIN)
    _, digest, hex = address.split("/")
    other = b"http://images.example.org/other.png".hex()
    for tampered in (f"/{digest}/{other}", f"/{digest[::-1]}/{hex}", f"/{digest}/{hex}00"):
        answer = proxy.get(tampered, status=403)
        assert answer.text == "The address is not signed by this index.\n"


def test_an_image_whose_host_is_not_public_is_not_fetched(page, proxy: TestApp):
    address = page.html.select_one(".description img[alt=far]")["src"].removeprefix(ORIGIN)
    assert proxy.get(address, status=502).text == "The image's host has no public address.\n"


def test_no_page_holds_the_key(page):
    assert KEY not in page.text
