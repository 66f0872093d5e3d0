"""Advisories are found, none or unknown: asked of a real HTTP server that answers well, badly, or never."""

import json
import time
from collections.abc import Iterator

import pytest

from buildgraph.rooms.locks import advisories
from buildgraph.rooms.locks.advisories import address_of, look_up, read_answer
from tests.servers import Quiet, serving


def release(version: str, *rows: object) -> bytes:
    return json.dumps({"info": {"version": version}, "vulnerabilities": list(rows)}).encode()


ANSWERS = {
    "/pypi/safe/1.0/json": release("1.0"),
    "/pypi/bad/1.0/json": release("1.0", {"id": "PYSEC-2"}, {"id": "GHSA-1", "withdrawn": None}),
    "/pypi/taken-back/1.0/json": release("1.0", {"id": "PYSEC-3", "withdrawn": "2026-01-01T00:00:00Z"}),
    "/pypi/other/1.0/json": release("2.0"),
    "/pypi/half/1.0/json": b'{"info": {"version": "1.0"}, "vulnerabi',
    "/pypi/deep/1.0/json": b"[" * 100_000,
    "/pypi/text/1.0/json": b'{"info": {"version": "1.0"}, "vulnerabilities": "none"}',
    "/pypi/silent/1.0/json": b'{"info": {"version": "1.0"}}',
    "/pypi/list/1.0/json": b"[]",
    "/pypi/html/1.0/json": b"<html>",
    "/pypi/odd/1.0/json": b'{"info": {"version": "1.0"}, "vulnerabilities": ["PYSEC-1"]}',
}


class Index(Quiet):
    """The JSON API of an index; `hang` never answers, `drip` answers for ever, `broken` is an error."""

    def do_GET(self) -> None:
        if "/hang/" in self.path:
            self.server.ended.wait(60)
            return
        if "/drip/" in self.path:
            self.send_response(200)
            self.end_headers()
            while not self.server.ended.wait(0.05):
                self.wfile.write(b" ")
            return
        if "/broken/" in self.path:
            self.send_error(503)
        elif body := ANSWERS.get(self.path):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_error(404)


@pytest.fixture(scope="module")
def index() -> Iterator[str]:
    """The address of a simple index whose host has the JSON API, too."""
    with serving(Index) as address:
        yield f"{address}/simple/"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("safe", "none"),
        ("bad", "GHSA-1, PYSEC-2"),
        ("taken-back", "none"),
        *((name, "unknown") for name in ("absent", "broken", "other", "half", "deep", "text", "silent")),
        *((name, "unknown") for name in ("list", "html", "odd")),
    ],
)
def test_only_a_well_formed_answer_about_the_release_is_believed(index, name, said):
    assert look_up({(name, "1.0"): f"{index}{name}/"}) == {(name, "1.0"): said}


def test_an_index_that_hangs_makes_its_releases_unknown_and_no_others(index, monkeypatch):
    monkeypatch.setattr(advisories, "TIMEOUT_SECONDS", 0.3)
    pages = {(name, "1.0"): f"{index}{name}/" for name in ("hang", "drip", "safe", "bad")}
    started = time.monotonic()

    found = look_up(pages, patience_seconds=2)

    assert time.monotonic() - started < 10
    assert [found[name, "1.0"] for name in ("hang", "drip", "safe", "bad")] == [
        "unknown",
        "unknown",
        "none",
        "GHSA-1, PYSEC-2",
    ]


def test_an_index_that_nobody_answers_for_is_unknown():
    assert look_up({("a", "1.0"): "http://127.0.0.1:9/simple/a/"}) == {("a", "1.0"): "unknown"}


def test_authorities_that_are_not_there_make_it_unknown(index):
    assert look_up({("safe", "1.0"): f"{index}safe/"}, "nowhere.pem") == {("safe", "1.0"): "unknown"}


@pytest.mark.parametrize(
    "page", ["", "/srv/wheels", "file:///srv/simple/a/", "https://example.org/links.html"]
)
def test_an_archive_that_came_from_no_index_is_not_asked_for(page):
    assert address_of(("a", "1.0"), page) == ""
    assert look_up({("a", "1.0"): page}) == {("a", "1.0"): "unknown"}


def test_the_index_that_a_release_came_from_is_asked():
    page = "https://example.org/root/mirror/simple/a/"
    assert address_of(("a", "1.0"), page) == "https://example.org/root/mirror/pypi/a/1.0/json"


@pytest.mark.parametrize("answer", [None, 1, "text", [], {}, {"info": None, "vulnerabilities": []}])
def test_no_other_value_is_an_answer(answer):
    assert read_answer("1.0", answer) == "unknown"
