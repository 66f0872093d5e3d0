"""An index that is down, slow, or lies: a clear page with the right code, and nothing of it is parsed that was not checked."""

import hashlib
import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import pytest
from inspector_fakes import WHEEL, FakeIndex, running, send, zipped
from webob import Request, Response

import quarantine
from inspector import refusals
from inspector.app import Inspector
from inspector.errors import NotShown
from inspector.fetching import reach
from inspector.settings import Limits, from_environment

DOCUMENT, FILE = "/pypi/sample/1.0/json", f"/files/{WHEEL}"
PLACE = f"/project/sample/1.0/{WHEEL}/"
QUICK = Limits(document_seconds=0.5, file_seconds=0.5, read_seconds=5)
ODD = "The index cannot be understood: it says {}."


def told(response: Response) -> str:
    """Return what a refusal says."""
    return unescape(re.sub("<.*?>", "", re.search('<p class="reason">(.*?)</p>', response.text, re.S)[1]))


@pytest.fixture
def quick(index: FakeIndex) -> Iterator[Inspector]:
    """An inspector that does not wait."""
    made = Inspector(replace(from_environment({"INSPECTOR_INDEX": index.address}), limits=QUICK))
    yield made
    made.close()


def ask(inspector: Inspector, path: str = PLACE) -> Response:
    """Ask an inspector for a page."""
    return Request.blank(path).get_response(inspector)


def says(document: object) -> object:
    """Return an answer of this document."""
    return lambda handler: send(handler, json.dumps(document).encode())


def drip(handler, *, head: bool) -> None:
    """Send a byte from time to time, and never an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X: " if head else b"Content-Length: 1000\r\n\r\n"))
    for _ in range(100):
        handler.wfile.write(b"{")
        time.sleep(0.05)


def test_an_index_that_is_not_there_is_said_to_be(get, index, inspector):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        made = Inspector(from_environment({"INSPECTOR_INDEX": nobody}))
        assert ask(made).status_int == 502
        assert told(ask(made)) == "The index cannot be reached. Try again later."
        with pytest.raises(NotShown):
            reach(nobody, Limits())
        made.close()
    reach(index.address, Limits())


@pytest.mark.parametrize("path", [DOCUMENT, FILE])
@pytest.mark.parametrize("head", [True, False])
def test_an_index_that_drips_is_too_slow(index, quick, path, head):
    index.files[WHEEL] = zipped()
    index.answers[path] = lambda handler: drip(handler, head=head)
    began = time.monotonic()

    page = ask(quick)

    assert (page.status_int, told(page)) == (504, "The index is too slow. Try again later.")
    assert time.monotonic() - began < 4


def test_an_index_that_says_nothing_is_too_slow(index, quick):
    index.answers[DOCUMENT] = lambda _: time.sleep(3)
    assert ask(quick).status_int == 504


def test_the_silence_of_a_socket_is_too_slow(index):
    limits = Limits(read_seconds=0.2)
    made = Inspector(replace(from_environment({"INSPECTOR_INDEX": index.address}), limits=limits))
    index.answers[DOCUMENT] = lambda _: time.sleep(2)
    assert ask(made).status_int == 504
    made.close()


def endless(handler, *, chunked: bool) -> None:
    """Send without an end."""
    handler.protocol_version = "HTTP/1.1"
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n")
    )
    while True:
        handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n" if chunked else b" " * 0x10000)


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(("path", "most"), [(DOCUMENT, "1,000,000"), (FILE, "22")])
def test_an_answer_without_an_end_is_ended(index, path, most, chunked):
    limits = Limits(document_bytes=1_000_000)
    made = Inspector(replace(from_environment({"INSPECTOR_INDEX": index.address}), limits=limits))
    index.files[WHEEL] = zipped()  # of 22 bytes
    index.answers[path] = lambda handler: endless(handler, chunked=chunked)

    page = ask(made)
    assert (page.status_int, told(page)) == (502, f"The index sends more than {most} bytes.")
    made.close()


@pytest.mark.parametrize("path", [DOCUMENT, FILE])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_followed(get, index, path, status):
    with running() as other:
        other.files[WHEEL] = index.files[WHEEL] = zipped()
        index.answers[path] = lambda handler: send(
            handler, b"", status, Location=f"{other.address}{handler.path}"
        )
        page = get(PLACE, 502)
        assert told(page) == "The index redirects to another address, which is not followed."
        assert other.asked == []


@pytest.mark.parametrize("status", [400, 403, 500, 503, 204, 206])
def test_an_error_of_the_index_is_told(get, index, status):
    index.answers[DOCUMENT] = lambda handler: send(handler, b"", status)
    assert told(get(PLACE, 502)) == f"The index answers with an error ({status})."


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"\0" * 70_000]
)
def test_what_is_not_an_answer_is_told(get, index, answer):
    index.answers[DOCUMENT] = lambda handler: handler.wfile.write(answer)
    assert told(get(PLACE, 502)) == "The index cannot be understood: its answer breaks off, or is not HTTP."


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[" * 100_000, b"\xff\xfe", b"1" * 5000, b'{"info": '])
def test_what_is_not_json_is_told(get, index, body):
    index.answers[DOCUMENT] = lambda handler: send(handler, body)
    assert told(get(PLACE, 502)) == ODD.format("what is not JSON")


@pytest.mark.parametrize(
    "document", [None, [], 1, {}, {"info": None}, {"info": {"name": 1}}, {"info": {"name": "other"}}]
)
@pytest.mark.parametrize("path", [DOCUMENT, "/pypi/sample/json"])
def test_an_answer_about_something_else_is_told(get, index, document, path):
    index.answers[path] = says(document)
    page = get(PLACE if path == DOCUMENT else "/project/sample/", 502)
    assert told(page) == ODD.format("nothing of this project")


@pytest.mark.parametrize(
    "releases", [None, [], {"<b>": []}, {"": []}, {"1.0\n": []}, {"\ud800": []}, {"../x": []}]
)
def test_odd_releases_are_told(get, index, releases):
    index.answers["/pypi/sample/json"] = says({"info": {"name": "sample"}, "releases": releases})
    assert told(get("/project/sample/", 502)) == ODD.format("no releases")


def test_odd_files_of_releases_are_told(get, index):
    index.answers["/pypi/sample/json"] = says({"info": {"name": "sample"}, "releases": {"1.0": 1}})
    assert told(get("/project/sample/", 502)) == ODD.format("no list of files")
    index.answers[DOCUMENT] = says({"info": {"name": "sample", "version": "1.0"}, "urls": {}})
    assert told(get(PLACE, 502)) == ODD.format("no list of files")


@pytest.mark.parametrize("version", [None, 1, "", "a b", "1.0\r\nX: y", "//example.org", "\ud800"])
def test_an_odd_version_is_told(get, index, version):
    index.answers[DOCUMENT] = says({"info": {"name": "sample", "version": version}, "urls": []})
    assert told(get(PLACE, 502)) == ODD.format("no version")


def test_another_version_is_not_led_to(get, index):
    index.answers[DOCUMENT] = says({"info": {"name": "sample", "version": "2.0"}, "urls": []})
    assert told(get(PLACE, 502)) == ODD.format("something of version 2.0, which is another one")


@pytest.mark.parametrize(
    ("said", "told_"),
    [
        ({"filename": None}, "a file without a proper name"),
        ({"filename": "../x.whl"}, "a file without a proper name"),
        ({"filename": "x.whl\r\nSet-Cookie: a"}, "a file without a proper name"),
        ({"filename": "<script>.whl"}, "a file without a proper name"),
        ({"filename": "x" * 500}, "a file without a proper name"),
        ({"digests": None}, f"no SHA-256 digest of {WHEEL}"),
        ({"digests": {}}, f"no SHA-256 digest of {WHEEL}"),
        ({"digests": {"sha256": ""}}, f"no SHA-256 digest of {WHEEL}"),
        ({"digests": {"sha256": "../" * 20}}, f"no SHA-256 digest of {WHEEL}"),
        ({"digests": {"sha256": "A" * 64}}, f"no SHA-256 digest of {WHEEL}"),
        ({"url": None}, f"no address of {WHEEL}"),
        ({"url": "http://a\r\nb"}, f"no address of {WHEEL}"),
        ({"size": "1"}, f"no size of {WHEEL}"),
        ({"size": -1}, f"no size of {WHEEL}"),
        ({"size": 1.5}, f"no size of {WHEEL}"),
        ({"size": True}, f"no size of {WHEEL}"),
        ({"size": 10**4000}, f"no size of {WHEEL}"),
    ],
)
def test_a_file_that_is_not_said_properly_is_told(get, index, said, told_):
    index.files[WHEEL] = zipped()
    index.said = said
    assert told(get(PLACE, 502)) == ODD.format(told_)


@pytest.mark.parametrize("entry", [None, 1, [], "x"])
def test_a_file_that_is_none_is_told(get, index, entry):
    index.answers[DOCUMENT] = says({"info": {"name": "sample", "version": "1.0"}, "urls": [entry]})
    assert told(get(PLACE, 502)) == ODD.format("a file without a proper name")


ELSEWHERE = f"The index says that {WHEEL} is at another origin; it is not fetched from there."


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/x", "http://localhost:{port}/x", "https://127.0.0.1:{port}/x", "file:///etc/passwd", "/files/x",
     "//127.0.0.1:{port}/x", "http://a@127.0.0.1:{port}/x", "http://127.0.0.1:{port}@example.org/x", "ftp://127.0.0.1:{port}/x",
     "http://127.0.0.1:99999/x", "http://[::1/x", "gopher:x", "http://", "javascript:alert(1)", "http://169.254.169.254/latest",
     "http://127.0.0.1:{port}.example.org/x", "http://example.org\\@127.0.0.1:{port}/x"],
)  # fmt: skip
def test_a_file_of_another_origin_is_not_fetched(get, index, address):
    index.files[WHEEL] = zipped()
    index.said = {"url": address.format(port=index.address.rpartition(":")[2])}
    assert told(get(PLACE, 502)) == ELSEWHERE
    assert index.asked == [DOCUMENT]


def test_a_file_of_the_origin_for_files_is_fetched(index):
    with running() as files:
        files.files[WHEEL] = index.files[WHEEL] = zipped(("a", b""))
        index.said = {"url": f"{files.address}/files/{WHEEL}"}
        told_of = {"INSPECTOR_INDEX": index.address, "INSPECTOR_FILES": f"{files.address}/"}
        made = Inspector(from_environment(told_of))
        assert "1 member" in ask(made).text
        assert files.asked == [FILE]
        made.close()


def test_a_file_that_says_to_be_too_large_is_not_fetched(get, index):
    index.files[WHEEL] = zipped()
    index.said = {"size": Limits().file_bytes + 1}
    assert told(get(PLACE, 422)) == "The file is larger than 104,857,600 bytes. Download it to look into it."
    assert index.asked == [DOCUMENT]


def test_a_file_of_another_digest_is_never_parsed(get, index, inspector, monkeypatch):
    index.files[WHEEL] = zipped(("a", b""))
    index.answers[FILE] = lambda handler: send(handler, zipped(("e", b"")))
    monkeypatch.setattr(inspector._looking._quarantine, "ask", lambda *_: pytest.fail("it is parsed"))

    assert told(get(PLACE, 502)) == f"What the index sent is not {WHEEL}: its SHA-256 digest is another one."
    folder = inspector._looking._cache._folder
    assert list(folder.iterdir()) == []


def test_a_file_that_is_listed_and_not_there_is_told(get, index):
    index.files[WHEEL] = zipped()
    index.answers[FILE] = lambda handler: send(handler, b"", 404)
    assert told(get(PLACE, 502)) == f"The index does not have {WHEEL}, which it lists."


def test_a_file_is_fetched_once_and_what_the_index_deletes_is_not_shown(get, index):
    index.files[WHEEL] = zipped(("a", b"x"))
    for path in (PLACE, f"{PLACE}a", f"{PLACE}a?download", PLACE):
        get(path)
    assert index.asked.count(FILE) == 1

    del index.files[WHEEL]
    get(PLACE, 404)


def test_nothing_is_left_when_the_inspector_ends(index):
    made = Inspector(from_environment({"INSPECTOR_INDEX": index.address}))
    index.files[WHEEL] = zipped()
    ask(made)
    folder = made._looking._cache._folder
    assert [each.name for each in folder.iterdir()] == [hashlib.sha256(zipped()).hexdigest()]
    made.close()
    assert not folder.exists()


def test_what_took_long_in_vain_is_not_tried_again_at_once(get, index, inspector, monkeypatch):
    index.files[WHEEL] = zipped(("a", b"x"))
    index.answers[FILE] = lambda handler: send(handler, b"", 500)
    said = [told(get(path, 502)) for path in (PLACE, f"{PLACE}a", PLACE)]
    assert said == ["The index answers with an error (500)."] * 3
    assert index.asked.count(FILE) == 1

    del index.answers[FILE]
    monkeypatch.setattr(refusals.time, "monotonic", lambda: float("inf"))
    get(PLACE)


def test_a_file_that_needs_too_much_is_told_so_from_then_on(get, index, inspector, monkeypatch):
    asked = []

    def ask(*question: str, more_seconds: float) -> None:
        asked.append(question)
        raise quarantine.TooMuch

    index.files[WHEEL] = zipped(("a", b"x"))
    monkeypatch.setattr(inspector._looking._quarantine, "ask", ask)
    said = [told(get(path, 422)) for path in (PLACE, f"{PLACE}a")]
    assert said == ["The file needs too much time or memory to be looked into."] * 2 and len(asked) == 1


def test_a_busy_quarantine_is_not_held_against_a_file(get, index, inspector, monkeypatch):
    def ask(*question: str, more_seconds: float) -> None:
        raise quarantine.Busy

    index.files[WHEEL] = zipped(("a", b"x"))
    with monkeypatch.context() as patch:
        patch.setattr(inspector._looking._quarantine, "ask", ask)
        page = get(PLACE, 503)
    assert told(page) == "Too many files are looked into at once. Try again later."
    get(PLACE)


def test_those_who_wait_for_a_file_are_told_what_the_first_one_was(index, quick):
    index.files[WHEEL] = zipped()
    index.answers[FILE] = lambda _: time.sleep(3)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: ask(quick), range(4)))
    assert [page.status_int for page in pages] == [504] * 4
    assert index.asked.count(FILE) == 1
