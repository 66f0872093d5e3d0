"""An image is fetched from public hosts alone, within its limits, and is what it is said to be."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import suppress
from ipaddress import ip_network

import pytest
import trustme
from camo_hosts import PNG, PUBLIC, World, host, picture, redirected, said, world, written

from camo.exchange import Deadline
from camo.fetching import Fetcher
from camo.network import connect, internet
from camo.refusals import NotShown
from camo.settings import Limits, Settings

IMAGE = "http://images.example.org/a.png"
OTHER = "93.184.215.15"
TYPE = "Content-Type: image/png"
NOT_PUBLIC = (502, "The image's host has no public address.")
LATE = (504, "The image takes too long.")
NOT_HTTP = (502, "The image's host does not speak HTTP as it should.")
PATIENT = Limits(size_bytes=100_000)
QUICK = Limits(size_bytes=100_000, connect_seconds=0.5, read_seconds=0.5, whole_seconds=1.0)


def fetch(network, address: str = IMAGE, limits: Limits = QUICK):
    return Fetcher(Settings(limits=limits), network).fetch(address)


def refusal_of(network, address: str = IMAGE, limits: Limits = QUICK) -> tuple[int, str]:
    """Return the status and the sentence with which an image is not shown."""
    with pytest.raises(NotShown) as refusal:
        fetch(network, address, limits)
    return refusal.value.status, refusal.value.text


def test_an_image_is_fetched_from_the_address_that_its_name_has():
    with world() as there:
        found = fetch(there.network, "http://images.example.org/ü.png?a=1#part")
    assert (found.kind.type, found.content) == ("image/png", PNG)
    assert there.connected == [(PUBLIC, 80)]
    head, _, rest = there.hosts[PUBLIC].requests[0].decode().partition("\r\n\r\n")
    first, *headers = head.split("\r\n")
    assert (first, rest) == ("GET /%C3%BC.png?a=1 HTTP/1.1", "")
    assert dict(line.split(": ", 1) for line in headers) == {
        "Host": "images.example.org",
        "Accept": "image/avif, image/webp, image/svg+xml, image/*;q=0.8",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "camo (a proxy for images of READMEs)",
        "Via": "1.1 camo-of-readmes",
    }


# Where hosts are


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["::ffff:93.184.215.14"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%eth0"],
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, PUBLIC, PUBLIC, PUBLIC, PUBLIC, "fd00::1"],
        ["not an address"],
        [],
    ],
)
def test_a_name_of_which_one_address_is_not_public_is_refused_before_a_connection(addresses):
    with world() as there:
        there.names["images.example.org"] = [addresses]
        assert refusal_of(there.network) == NOT_PUBLIC
        assert there.connected == []


def test_a_name_that_is_not_public_is_refused_as_one_that_does_not_exist():
    there = World({"inside.example.org": [["10.0.0.1"]]})
    assert refusal_of(there.network, "http://inside.example.org/") == NOT_PUBLIC
    assert refusal_of(there.network, "http://nothing.example.org/") == NOT_PUBLIC


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_looked_at():
    with world() as there:
        there.names["images.example.org"] = [[PUBLIC], ["127.0.0.1"]]
        assert fetch(there.network).content == PNG
    assert there.resolved == ["images.example.org"]
    assert there.connected == [(PUBLIC, 80)]


def test_a_name_that_means_another_machine_after_a_redirect_is_refused():
    with world(redirected("/again")) as there:
        there.names["images.example.org"] = [[PUBLIC], ["127.0.0.1"]]
        assert refusal_of(there.network) == NOT_PUBLIC
    assert there.connected == [(PUBLIC, 80)]


def test_a_network_of_ours_is_refused_though_it_is_public():
    with world() as there:
        settings = Settings(refused=(ip_network("93.184.0.0/16"),))
        with pytest.raises(NotShown, match=NOT_PUBLIC[1]):
            Fetcher(settings, there.network).fetch(IMAGE)


def test_another_address_is_tried_where_one_does_not_answer():
    with world() as there:
        there.names["images.example.org"] = [["2606:2800::1", OTHER, PUBLIC]]
        assert fetch(there.network).content == PNG
    assert there.connected == [("2606:2800::1", 80), (OTHER, 80), (PUBLIC, 80)]


def test_only_some_addresses_of_a_host_are_tried():
    there = World({"images.example.org": [[f"93.184.215.{number}" for number in range(20)]]})
    assert refusal_of(there.network) == (502, "The image's host does not answer.")
    assert len(there.connected) == 4


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
def test_the_internet_does_not_reach_this_machine(name: str):
    with host() as there:
        port = there.listener.getsockname()[1]
        status, text = refusal_of(internet(), f"http://{name}:{port}/a.png")
        assert (status, text.split(":")[0]) == (403, "The address is refused")
        assert refusal_of(internet(), f"http://{name}/a.png")[0] == 403
    assert there.requests == []


def test_the_internet_resolves_literals_and_refuses_names_of_this_machine(monkeypatch):
    assert internet().resolve("93.184.215.14", 5) == ["93.184.215.14"]
    asked = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda name, *_, **__: asked.append(name) or [(2, 1, 6, "", ("127.0.0.1", 0))]
    )
    assert refusal_of(internet(), "http://rebound.example.org/") == NOT_PUBLIC
    assert asked == ["rebound.example.org"]


def test_a_name_that_takes_long_to_resolve_is_given_up(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(20) and [])
    began = time.monotonic()
    assert refusal_of(internet(), limits=Limits(resolve_seconds=0.1)) == LATE
    assert time.monotonic() - began < 5
    ended.set()


@pytest.mark.parametrize("name", ["localhost", "images.example.org", "127.1"])
def test_a_connection_is_made_to_addresses_alone(name: str):
    with pytest.raises(ValueError):
        connect(name, 80, 1)


def test_a_connection_that_fails_is_closed():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        connect("127.0.0.1", port, 1).close()
    with pytest.raises(OSError):
        connect("127.0.0.1", port, 1)


# Redirects


def test_three_redirects_are_followed_and_not_four():
    with world(redirected("/b", "//images.example.org/c", "http://images.example.org/d")) as there:
        assert fetch(there.network).content == PNG
    with world(redirected(*"bcde")) as there:
        assert refusal_of(there.network) == (502, "The image is redirected too often.")
        assert len(there.hosts[PUBLIC].requests) == 4


def test_a_redirect_goes_to_another_host_without_what_the_first_one_said():
    answer = said(b"", "Location: http://other.example.org/b", "Set-Cookie: a=b", status="301 Moved")
    with world(answer) as there, host() as other:
        there.names["other.example.org"], there.hosts[OTHER] = [[OTHER]], other
        assert fetch(there.network).content == PNG
    assert b"Host: other.example.org\r\n" in other.requests[0]
    assert b"ookie" not in other.requests[0] and b"eferer" not in other.requests[0]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1/", "its host is not a public address"),
        ("http://169.254.169.254/latest/", "its host is not a public address"),
        ("http://[::ffff:127.0.0.1]/", "its host is not a public address"),
        ("http://localhost/", "its host is not a name of the internet"),
        ("//2130706433/", "its host is a number"),
        ("http://images.example.org:8080/", "its port is not 80 or 443"),
        ("http://a@images.example.org/", "it has a login"),
        ("file:///etc/passwd", "it does not begin with http:// or https://"),
        ("gopher://images.example.org/", "it does not begin with http:// or https://"),
        ("javascript:alert(1)", "it does not begin with http:// or https://"),
        ("http://127.0.0.1\\@images.example.org/", "it is redirected to what is not an address"),
        ("http://images.example.org/a b", "it is redirected to what is not an address"),
        ("http://[", "it is redirected to what is not an address"),
    ],
)
def test_a_redirect_is_checked_as_the_address_was(location: str, reason: str):
    with world(redirected(location)) as there:
        assert refusal_of(there.network) == (403, f"The address is refused: {reason}.")
        assert len(there.connected) == 1


def test_a_redirect_to_a_name_that_is_not_public_is_refused():
    with world(redirected("http://inside.example.org/")) as there:
        there.names["inside.example.org"] = [["192.168.0.1"]]
        assert refusal_of(there.network) == NOT_PUBLIC


@pytest.mark.parametrize("headers", [[], ["Location: /a", "Location: /b"]])
def test_a_redirect_has_one_location(headers):
    with world(said(b"", *headers, status="302 Found")) as there:
        assert refusal_of(there.network) == (502, "The image is redirected to nowhere.")


@pytest.mark.parametrize("location", [b"/\xc3\xbc", b"/\xfc"])
def test_a_location_may_be_written_in_the_letters_of_its_language(location: bytes):
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    answers = [written(answer), picture]
    with world(lambda *given: answers.pop(0)(*given)) as there:
        assert fetch(there.network).content == PNG
        assert there.hosts[PUBLIC].requests[1].startswith(b"GET /%C3%BC HTTP/1.1\r\n")


# TLS


def test_a_certificate_has_to_prove_the_name_at_the_address():
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("images.example.org").configure_cert(server)
    with world(tls=server) as there:
        untrusting = there.network
        authority.configure_trust(there.tls)
        there.tls = ssl.create_default_context()
        authority.configure_trust(there.tls)
        there.names["other.example.org"] = [[PUBLIC]]
        assert fetch(there.network, "https://images.example.org/a.png").content == PNG
        expected = (502, "The image's host does not prove its name.")
        assert refusal_of(there.network, "https://other.example.org/a.png") == expected
        assert refusal_of(there.network, f"https://{PUBLIC}/a.png") == NOT_PUBLIC
        there.names[PUBLIC] = [[PUBLIC]]
        assert refusal_of(there.network, f"https://{PUBLIC}/a.png") == expected
        assert there.connected[0] == (PUBLIC, 443)
    assert untrusting


def test_an_authority_that_is_not_trusted_proves_nothing():
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("images.example.org").configure_cert(server)
    with world(tls=server) as there:
        expected = (502, "The image's host does not prove its name.")
        assert refusal_of(there.network, "https://images.example.org/a.png") == expected


def test_a_host_without_tls_does_not_answer_https():
    with world() as there:
        assert refusal_of(there.network, "https://images.example.org/a.png")[0] in (502, 504)


# Time


def dripping(data: bytes, seconds: float = 0.05):
    """Return what answers with one byte after the other."""

    def answer(connection: socket.socket, request: bytes) -> None:
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
            time.sleep(seconds)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200),
        dripping(HEAD + PNG * 2),
        lambda connection, request: (connection.sendall(HEAD), dripping(PNG * 2)(connection, request)),
        dripping(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20),
        lambda connection, request: time.sleep(5),
        lambda connection, request: (connection.sendall(HEAD + PNG), time.sleep(5)),
    ],
    ids=["head", "all", "content", "early", "nothing", "stops"],
)
def test_what_comes_slowly_is_given_up_within_the_whole_time(answer):
    began = time.monotonic()
    with world(answer) as there:
        assert refusal_of(there.network) == LATE
    assert time.monotonic() - began < 3


def test_all_redirects_have_one_time():
    def slow(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.4)
        said(b"", "Location: /", status="302 Found")(connection, request)

    began = time.monotonic()
    with world(slow) as there:
        assert refusal_of(there.network) == LATE
    assert time.monotonic() - began < 3


def test_a_time_that_is_over_is_a_refusal():
    deadline = Deadline(0)
    with pytest.raises(NotShown) as refusal:
        deadline.within(5)
    assert (refusal.value.status, refusal.value.text) == LATE
    assert 0 < Deadline(1).within(5) <= 1
    assert Deadline(5).within(1) == 1


def test_a_handshake_that_drips_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = World({"images.example.org": [[PUBLIC]]})
        there.connect = lambda address, port, seconds: socket.create_connection(
            listener.getsockname(), seconds
        )

        def drip():
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16,384 bytes of the handshake
                for _ in range(100):
                    connection.sendall(b"\x00")
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        assert refusal_of(there.network, "https://images.example.org/") == LATE
        assert time.monotonic() - began < 3


# Size


def chunks(*data: bytes, sizes: bytes = b"") -> bytes:
    """Return an answer in chunks, without its end."""
    framed = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in data)
    return b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n" + framed


TOO_LARGE = (502, "The image is larger than 100000 bytes.")


@pytest.mark.parametrize(
    "answer",
    [
        said(PNG + b"x" * 100_000, TYPE),
        written(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999999\r\n\r\n"),
        written(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG + b"x" * 100_000),
        written(chunks(PNG, *[b"x" * 50_000] * 3)),
        written(chunks(PNG) + b"7fffffff\r\n" + b"x" * 200_000),
    ],
    ids=["said", "lied", "endless", "chunks", "chunk"],
)
def test_an_image_that_is_too_large_is_not_read_to_its_end(answer):
    with world(answer) as there:
        assert refusal_of(there.network) == TOO_LARGE


def test_an_image_of_just_the_size_is_shown():
    content = PNG + b"x" * (QUICK.size_bytes - len(PNG))
    with world(said(content, TYPE)) as there:
        assert fetch(there.network).content == content
    with world(written(chunks(content) + b"0\r\n\r\n")) as there:
        assert fetch(there.network).content == content


@pytest.mark.parametrize(
    "answer",
    [
        written(HEAD + PNG),
        written(chunks(PNG)),
        written(chunks(PNG) + b"-1\r\n" + b"x" * 1000),
        written(chunks(PNG) + b"+5\r\nabcde\r\n0\r\n\r\n"),
        written(chunks(PNG) + b"nonsense\r\n"),
        written(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\nContent-Type: image/png\r\n\r\n" + PNG),
        written(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\nContent-Type: image/png\r\n\r\nabcdef"),
        written(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Type: image/png\r\n\r\n0\r\n\r\n"),
        written(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        written(b"<html>"),
        written(b""),
        written(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\x00\r\n\r\n"),
        written(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000),
        written(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    ],
)  # fmt: skip
def test_what_is_not_http_is_refused(answer):
    with world(answer) as there:
        assert refusal_of(there.network) == NOT_HTTP


@pytest.mark.parametrize(
    "answer",
    [
        written(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 20_000),
        written(chunks(PNG) + b"1\r\nx\r\n" * 50_000),
        written(chunks(PNG) + (b"1;" + b"e" * 500 + b"\r\nx\r\n") * 1_000),
    ],
    ids=["early", "chunks", "extensions"],
)
def test_what_is_not_the_image_has_a_limit_of_its_own(answer):
    with world(answer) as there:
        expected = (502, "The image's host sends too much that is not the image.")
        assert refusal_of(there.network, limits=PATIENT) == expected


# What it is


@pytest.mark.parametrize(
    "type", ["text/html", "text/plain", "application/octet-stream", "image/bmp", "image/tiff", ""]
)
def test_what_is_not_an_image_by_its_type_is_refused(type: str):
    with world(said(PNG, f"Content-Type: {type}")) as there:
        assert refusal_of(there.network) == (415, "This is not an image of a type that is shown.")


@pytest.mark.parametrize("headers", [[], [TYPE, "Content-Type: text/html"]])
def test_an_image_has_one_type(headers):
    with world(said(PNG, *headers)) as there:
        assert refusal_of(there.network) == (415, "This is not an image of a type that is shown.")


@pytest.mark.parametrize(
    ("type", "content"),
    [
        ("image/png", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("image/png", b"GIF89a...."),
        ("image/gif", b"<svg/>"),
        ("image/svg+xml", PNG),
        ("image/svg+xml", b"<html><svg/></html>"),
        ("image/jpeg", b""),
    ],
)
def test_a_content_of_another_type_is_refused(type: str, content: bytes):
    with world(said(content, f"Content-Type: {type}")) as there:
        assert refusal_of(there.network) == (
            415,
            "The content is not an image of the type that it is said to have.",
        )


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity, gzip", "nonsense"])
def test_what_is_compressed_for_the_way_is_refused_and_never_unpacked(encoding: str):
    bomb = gzip.compress(PNG + bytes(10_000_000))
    with world(said(bomb, TYPE, f"Content-Encoding: {encoding}")) as there:
        assert refusal_of(there.network) == (415, "The image is compressed once more, for the way.")


def test_an_encoding_that_changes_nothing_is_taken():
    with world(said(PNG, TYPE, "Content-Encoding: identity")) as there:
        assert fetch(there.network).content == PNG


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("404 Not Found", (404, "The image is not there.")),
        ("410 Gone", (404, "The image is not there.")),
        ("403 Forbidden", (502, "The image's host answers with status 403.")),
        ("500 Oh", (502, "The image's host answers with status 500.")),
        ("206 Partial Content", (502, "The image's host answers with status 206.")),
        ("300 Choices", (502, "The image's host answers with status 300.")),
    ],
)
def test_another_status_is_told(status: str, expected):
    with world(said(PNG, TYPE, status=status)) as there:
        assert refusal_of(there.network) == expected


# Many at a time


def test_a_slow_host_keeps_some_threads_and_leaves_the_others():
    together, ended = threading.Barrier(3), threading.Event()

    def wait(connection: socket.socket, request: bytes) -> None:
        together.wait(5)
        ended.wait(5)
        picture(connection, request)

    limits = Limits(of_one_host=2, fetches=4, patience=0.05)
    with world(wait) as there, host() as other:
        there.names["other.example.org"], there.hosts[OTHER] = [[OTHER]], other
        fetcher = Fetcher(Settings(limits=limits), there.network)
        found = []
        threads = [threading.Thread(target=lambda: found.append(fetcher.fetch(IMAGE))) for _ in range(2)]
        for thread in threads:
            thread.start()
        together.wait(5)
        with pytest.raises(NotShown, match="Too many images are being fetched") as refusal:
            fetcher.fetch(IMAGE)
        assert refusal.value.status == 503
        assert fetcher.fetch("http://other.example.org/a.png").content == PNG
        ended.set()
        for thread in threads:
            thread.join(5)
        assert [each.content for each in found] == [PNG, PNG]
        there.hosts[PUBLIC].answer = picture
        assert fetcher.fetch(IMAGE).content == PNG
    assert not fetcher.crowd.there


def test_a_page_of_many_images_of_one_host_has_them_a_few_at_a_time():
    busy, most, lock = [0], [0], threading.Lock()

    def slow(connection: socket.socket, request: bytes) -> None:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        threading.Event().wait(0.05)
        with lock:
            busy[0] -= 1
        picture(connection, request)

    with world(slow) as there:
        fetcher = Fetcher(Settings(limits=Limits(of_one_host=2, waiting_for_one_host=20)), there.network)
        found = []
        threads = [threading.Thread(target=lambda: found.append(fetcher.fetch(IMAGE))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert [each.content for each in found] == [PNG] * 12
    assert most[0] <= 2
    assert not fetcher.crowd.there and not fetcher.crowd.waiting


def test_where_enough_wait_for_a_host_another_one_is_refused_at_once():
    ended = threading.Event()

    def wait(connection: socket.socket, request: bytes) -> None:
        ended.wait(10)
        picture(connection, request)

    with world(wait) as there:
        limits = Limits(of_one_host=1, waiting_for_one_host=1, patience=30.0)
        fetcher = Fetcher(Settings(limits=limits), there.network)
        found = []
        threads = [threading.Thread(target=lambda: found.append(fetcher.fetch(IMAGE))) for _ in range(2)]
        for thread in threads:
            thread.start()
        while fetcher.crowd.waiting.total() < 1:
            threading.Event().wait(0.01)
        with pytest.raises(NotShown, match="Too many images are being fetched"):
            fetcher.fetch(IMAGE)
        ended.set()
        for thread in threads:
            thread.join(20)
    assert [each.content for each in found] == [PNG, PNG]


def test_all_fetches_together_have_a_limit():
    with world() as there:
        assert refusal_of(there.network, limits=Limits(fetches=0)) == (
            503,
            "Too many images are being fetched.",
        )
