"""Camo answers signed addresses alone, with headers of its own, and says little of what goes wrong."""

import json
import logging

import pytest
from camo_hosts import PNG, PUBLIC, World, said, world
from webob import Request

from camo import app
from camo.app import Camo
from camo.settings import Settings
from readme_images.signing import DEVELOPMENT_KEY, signed

KEY = "k" * 32
IMAGE = signed("", KEY, "http://images.example.org/a.png")
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def ask(there: World, path: str = IMAGE, method: str = "GET", **headers: str):
    request = Request.blank(path, method=method, headers=headers)
    return request.get_response(Camo(Settings(KEY), there.network))


def test_an_image_has_headers_of_ours_and_none_of_its_host():
    answer = said(
        PNG,
        "Content-Type: image/png; charset=utf-8",
        "Set-Cookie: a=b",
        "X-Powered-By: a",
        "Cache-Control: private",
        "Content-Disposition: attachment; filename=evil.html",
        "Refresh: 0; url=http://127.0.0.1/",
        "Link: <http://127.0.0.1/>; rel=preload",
    )
    with world(answer) as there:
        response = ask(there, Cookie="a=b", Authorization="Basic x", Referer="http://index.example.org/")
    assert (response.status, response.body) == ("200 OK", PNG)
    etag = response.headers["ETag"]
    assert dict(response.headers) == GUARDS | {
        "Content-Type": "image/png",
        "Content-Length": str(len(PNG)),
        "Cache-Control": "public, max-age=86400",
        "Content-Disposition": 'inline; filename="image.png"',
        "ETag": etag,
    }
    request = there.hosts[PUBLIC].requests[0]
    assert not [word for word in (b"ookie", b"uthorization", b"eferer") if word in request]


def test_head_has_the_headers_of_get_without_the_image():
    with world() as there:
        response, whole = ask(there, method="HEAD"), ask(there)
    assert (response.status, response.body) == ("200 OK", b"")
    assert dict(response.headers) == dict(whole.headers)


def test_who_has_the_image_is_told_so():
    with world() as there:
        response = ask(there, **{"If-None-Match": ask(there).headers["ETag"]})
    assert (response.status, response.body) == ("304 Not Modified", b"")


def test_an_svg_is_guarded_as_any_image():
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    with world(said(drawing, "Content-Type: image/svg+xml")) as there:
        response = ask(there)
    assert response.body == drawing
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Content-Disposition"] == 'inline; filename="image.svg"'
    assert {name: response.headers[name] for name in GUARDS} == GUARDS


NOTHING = ("404 Not Found", "There is nothing here.\n")
NOT_SIGNED = ("403 Forbidden", "The address is not signed by this index.\n")
DIGEST, HEX = IMAGE.split("/")[1:]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", NOTHING),
        ("/robots.txt", NOTHING),
        (f"/{DIGEST}", NOTHING),
        (f"/{DIGEST}/", NOTHING),
        (f"/{DIGEST}/{HEX}/", NOTHING),
        (f"//{DIGEST}/{HEX}", NOTHING),
        (f"/{DIGEST.upper()}/{HEX}", NOTHING),
        (f"/{DIGEST}/{HEX.upper()}", NOTHING),
        (f"/{DIGEST}/{HEX}?x", NOTHING),
        (f"/{DIGEST}/{HEX}%0A", NOTHING),
        (f"/{DIGEST}/../{HEX}", NOTHING),
        (f"/{DIGEST}/%FF", NOTHING),
        (f"/{DIGEST}/{HEX}00", NOT_SIGNED),
        (f"/{DIGEST}/{HEX}0", NOT_SIGNED),
        (f"/{'0' * 64}/{HEX}", NOT_SIGNED),
        (signed("", DEVELOPMENT_KEY, "http://images.example.org/a.png"), NOT_SIGNED),
        (f"/{DIGEST}/{'61' * 100_000}", NOT_SIGNED),
    ],
)
def test_what_was_not_signed_is_not_fetched(path: str, expected):
    with world() as there:
        response = ask(there, path)
        assert (response.status, response.text) == expected
        assert there.connected == there.resolved == []
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert {name: response.headers[name] for name in GUARDS} == GUARDS


@pytest.mark.parametrize(
    "said",
    [f"//{DIGEST}/{HEX}", f"/%{ord(DIGEST[0]):x}{DIGEST[1:]}/{HEX}", f"/{DIGEST}%2f{HEX}", f"/{DIGEST}/{HEX}?",
     f"http://other.example/{DIGEST}/{HEX}", f"/{DIGEST}/{HEX}#a"],
)  # fmt: skip
def test_an_image_has_one_address_though_servers_make_one_path_of_several(said: str):
    """Each form that a cache before camo takes for another image would be fetched once more."""
    with world() as there:
        plain = Request.blank(IMAGE, environ={"REQUEST_URI": IMAGE})
        other = Request.blank(IMAGE, environ={"REQUEST_URI": said})  # as waitress tells it
        camo = Camo(Settings(KEY), there.network)
        answers = [each.get_response(camo) for each in (plain, other)]
    assert [(each.status, each.body) for each in answers] == [
        ("200 OK", PNG),
        (NOTHING[0], NOTHING[1].encode()),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PURGE"])
def test_an_image_is_only_read(method: str):
    with world() as there:
        response = ask(there, method=method)
        assert (response.status, response.headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD")
        assert there.connected == []


@pytest.mark.parametrize("via", ["1.1 camo-of-readmes", "1.1 cdn.example, HTTP/1.1 camo-of-readmes (x)"])
def test_an_image_that_is_redirected_to_itself_through_us_ends(via: str):
    with world() as there:
        response = ask(there, Via=via)
        assert (response.status, response.text) == ("403 Forbidden", "A proxy like this one asks.\n")
        assert there.connected == []


@pytest.mark.parametrize(
    ("address", "status", "caching"),
    [
        ("http://127.0.0.1/", "403 Forbidden", "no-store"),
        ("http://inside.example.org/", "502 Bad Gateway", "public, max-age=300"),
    ],
)
def test_a_refusal_is_one_short_sentence(address: str, status: str, caching: str):
    there = World({"inside.example.org": [["10.0.0.1"]]})
    response = ask(there, signed("", KEY, address))
    assert (response.status, response.headers["Cache-Control"]) == (status, caching)
    assert len(response.text.splitlines()) == 1 and "10.0.0.1" not in response.text


def test_who_finds_too_many_is_told_when_to_come_again():
    with world() as there:
        made = Camo(Settings(KEY), there.network)
        made.fetcher.crowd.most = {"all": 0}
        response = Request.blank(IMAGE).get_response(made)
    assert (response.status, response.headers["Retry-After"]) == ("503 Service Unavailable", "5")
    assert response.headers["Cache-Control"] == "no-store"


def test_the_application_of_the_environment_says_how_it_is(monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setenv("CAMO_KEY", KEY)
    application = app.application()
    health = Request.blank("/_health/ready").get_response(application)
    assert json.loads(health.body)["service"] == "camo"
    refused = Request.blank(signed("", KEY, "http://127.0.0.1/")).get_response(application)
    assert refused.text == "The address is refused: its host is not a public address.\n"
