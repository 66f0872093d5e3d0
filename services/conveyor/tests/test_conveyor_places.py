"""A redirect leads to the index, or to the web as a project's metadata names it, and nowhere else."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor.places import File, documentation_of, file_at, files_of

INDEX = "https://index.example.org"
DOCS = "docs.example.org"


def entry(filename: str, url: str | None = None, **more):
    return {"filename": filename, "url": url or f"/packages/{filename}", "core-metadata": False, **more}


def test_files_are_known_by_name_with_their_siblings():
    entries = [
        entry("Demo-1.0.tar.gz"),
        entry("demo-1.0-py3-none-any.whl", **{"core-metadata": {"sha256": "a"}}),
        entry(
            "demo-0.9.zip",
            f"{INDEX}/packages/demo-0.9.zip#sha256=a",
            **{"gpg-sig": True, "core-metadata": True},
        ),
    ]
    assert files_of({"files": entries}, INDEX) == {
        "demo-1.0.tar.gz": File(f"{INDEX}/packages/Demo-1.0.tar.gz", ()),
        "demo-1.0-py3-none-any.whl": File(f"{INDEX}/packages/demo-1.0-py3-none-any.whl", (".metadata",)),
        "demo-0.9.zip": File(f"{INDEX}/packages/demo-0.9.zip", (".asc", ".metadata")),
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/packages/a.zip",
        "//evil.example/packages/a.zip",
        "http://index.example.org/packages/a.zip",
        f"{INDEX}.evil.example/packages/a.zip",
        f"{INDEX}@evil.example/packages/a.zip",
        "/elsewhere/a.zip",
        "javascript:alert(1)",
        f"{INDEX}/packages/a b.zip",
        f"{INDEX}/packages/\r\nX: y",
        f"{INDEX}/packages/ü.zip",
        f"{INDEX}/packages\\..\\a.zip",
    ],
)
def test_a_file_that_is_not_on_the_index_is_left_out(url: str):
    assert files_of({"files": [entry("a.zip", url)]}, INDEX) == {}


FILES = {
    "demo-1.0.tar.gz": File("A", (".asc",)),
    "demo-1.0-py3-none-any.whl": File("B", (".metadata",)),
    "other.metadata": File("C", ()),
}


@pytest.mark.parametrize(
    ("filename", "address"),
    [
        ("demo-1.0.tar.gz", "A"),
        ("DEMO-1.0.tar.gz", "A"),
        ("demo-1.0.tar.gz.asc", "A.asc"),
        ("demo-1.0.tar.gz.metadata", None),
        ("demo-1.0-py3-none-any.whl.metadata", "B.metadata"),
        ("demo-1.0-py3-none-any.whl.asc", None),
        ("demo-1.0-py3-none-any.whl.metadata.asc", None),
        ("other.metadata", "C"),
        ("demo-2.0.tar.gz", None),
        (".asc", None),
    ],
)
def test_a_file_and_its_siblings_are_where_the_index_has_them(filename: str, address: str | None):
    assert file_at(FILES, filename) == address


def documentation(**urls: str) -> str | None:
    return documentation_of({"info": {"project_urls": urls}}, DOCS)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://demo.example.org", "https://demo.example.org"),
        ("http://demo.example.org:8080/en/?a=b&c#d", "http://demo.example.org:8080/en/?a=b&c#d"),
        ("HTTPS://Demo.Example.org/A", "HTTPS://Demo.Example.org/A"),
        ("https://demo.example.org/ü", "https://demo.example.org/%C3%BC"),
        ("https://demo.example.org/%0d%0aX:%20y", "https://demo.example.org/%0d%0aX:%20y"),
        ("https://demo.example.org/@me/", "https://demo.example.org/@me/"),
        ("https://demo.example.org//evil.example", "https://demo.example.org//evil.example"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_documentation_is_on_the_web(address: str, expected: str):
    assert documentation(Documentation=address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "demo.example.org",
        "//demo.example.org/",
        "/a",
        "javascript:alert(1)",
        "JavaScript://demo.example.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://demo.example.org/",
        "file:///etc/passwd",
        "https:demo.example.org",
        "https:///demo.example.org",
        "https:\\\\demo.example.org",
        "https://user@demo.example.org/",
        "https://demo.example.org@evil.example/",
        "https://demo.example.org:80@evil.example/",
        "https://demo.example.org\\@evil.example/",
        "https://demo.example.org:/",
        "https://demo.example.org./",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://bücher.example/",
        "https://doc\u017f.example.org/",  # browsers read it as docs.example.org
        "https://demo.example.or\u212a/",
        "http\u017f://demo.example.org/",
        "https://demo.example.org。evil.example/",
        " https://demo.example.org/",
        "https://demo.example.org/ ",
        "https://demo.example.org/\r\nSet-Cookie: a=b",
        "https://demo.example.org/\nX: y",
        "https://demo.example.org\n",
        "https://demo.example.org/\x00",
        "https://demo.example.org/\x85",
        "https://demo.example.org/\u2028",
        "https://demo.example.org/\u202e",
        "https://demo.example.org/\ud800",
        'https://demo.example.org/"><script>',
        "ht\ntps://demo.example.org/",
        "https://docs.example.org/demo/",
        "https://DEMO.docs.example.org/",
        "https://demo.example.org/" + "a" * 2000,
        None,
        5,
        ["https://demo.example.org/"],
        {},
    ],
)
def test_documentation_elsewhere_is_not_led_to(address):
    assert documentation(Documentation=address) is None


@pytest.mark.parametrize(
    "label", ["Documentation", "documentation", "DOCUMENTATION", "Docs", " Documentation ", "docs."]
)
def test_documentation_has_one_of_two_labels(label: str):
    assert documentation(**{label: "https://demo.example.org/"}) == "https://demo.example.org/"


def test_the_better_label_comes_first_and_a_wrong_address_is_passed_over():
    good, other = "https://a.example/", "https://b.example/"
    assert documentation(Docs=other, Documentation=good) == good
    assert documentation(Docs=other, Documentation="javascript:alert(1)") == other


@pytest.mark.parametrize("urls", [None, {}, {"Homepage": "https://demo.example.org/"}])
def test_a_project_may_say_nothing_of_its_documentation(urls):
    assert documentation_of({"info": {"project_urls": urls}}, DOCS) is None
    assert documentation_of({"info": {}}, "") is None


@given(st.text(max_size=40), st.sampled_from(["", "https://", "https://a.example", "http://a.example/"]))
def test_whatever_is_led_to_is_one_header_s_line_and_one_host(text: str, start: str):
    address = documentation(Documentation=start + text)
    if address is None:
        return
    assert address.isascii() and address.isprintable() and " " not in address
    parts = urlsplit(address)
    assert parts.scheme in ("http", "https") and parts.username is None and parts.hostname
    assert (start + text).lower().startswith(f"{parts.scheme}://{parts.hostname}")
