"""A request is read in the forms that were once given out, and in no other."""

import pytest

from conveyor.questions import Documentation, OldFile, PresentFile, normalized, question_of

DOCS = "docs.example.org"
FILES = "files.example.org"
PRESENT = f"/packages/0a/1b/{'2c' * 30}/demo-1.0.tar.gz"


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/packages/source/d/demo/demo-1.0.tar.gz", OldFile("demo", "demo-1.0.tar.gz")),
        ("/packages/py3/d/demo/demo-1.0-py3-none-any.whl", OldFile("demo", "demo-1.0-py3-none-any.whl")),
        ("/packages/py2.py3/d/demo/demo-1.0-py2.py3-none-any.whl", OldFile("demo", "demo-1.0-py2.py3-none-any.whl")),
        ("/packages/2.7/D/Demo/Demo-1.0-py2.7.egg", OldFile("demo", "Demo-1.0-py2.7.egg")),
        ("/packages/source/d/Demo/demo-1.0.tar.gz.asc", OldFile("demo", "demo-1.0.tar.gz.asc")),
        ("/packages/any/Z/zope.interface/zope.interface-1!2.0+x.zip", OldFile("zope-interface", "zope.interface-1!2.0+x.zip")),
        ("/packages/source/a/a__b..c/a.zip", OldFile("a-b-c", "a.zip")),
        ("/packages/source/2/2to3/2to3-1.tar.gz", OldFile("2to3", "2to3-1.tar.gz")),
        (PRESENT, PresentFile(PRESENT)),
        (f"{PRESENT}.metadata", PresentFile(f"{PRESENT}.metadata")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("host", [FILES, "", "anything", "[::1]:80", "docs.example.org.example.net", "é"])
def test_a_file_has_an_old_address_and_a_present_one(host: str, path: str, question):
    assert question_of(host, path, DOCS) == question
    assert question_of(host, path, "") == question


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/packages/",
        "/packages/source/d/demo/",
        "/packages/source/d/demo",
        "/packages/source/x/demo/demo-1.0.tar.gz",
        "/packages/source/de/demo/demo-1.0.tar.gz",
        "/packages/source//demo/demo-1.0.tar.gz",
        "/packages//d/demo/demo-1.0.tar.gz",
        "/packages/source/d/demo//demo-1.0.tar.gz",
        "/packages/source/d/demo/a/demo-1.0.tar.gz",
        "/packages/source/d/demo/../demo-1.0.tar.gz",
        "/packages/source/./demo/demo-1.0.tar.gz",
        "/packages/source/d/demo/..",
        "/packages/source/d/demo/.demo-1.0.tar.gz",
        "/packages/source/d/demo/demo-1.0.tar.gz/",
        "/packages/source/d/demo/demo-1.0.tar.gz\n",
        "/packages/source/d/demo/demo-1.0.tar.gz\r\nLocation: http://evil.example/",
        "/packages/source/d/demo/demo-1.0.tar.gz\x00",
        "/packages/source/d/demo/demo 1.0.tar.gz",
        "/packages/source/d/demo/demo-1.0.tar.gz?x",
        "/packages/source/d/demo/dem\xf6-1.0.tar.gz",
        "/packages/source/d/dem\xc3\xb6/demo-1.0.tar.gz",
        "/packages/source/\xc3/\xc3\xb6demo/demo-1.0.tar.gz",
        "/packages/source/d/demo-/demo-1.0.tar.gz",
        "/packages/source/-/-demo/demo-1.0.tar.gz",
        "/packages/source/./.demo/demo-1.0.tar.gz",
        f"/packages/source/d/d{'e' * 200}/demo.zip",
        f"/packages/source/d/demo/d{'e' * 220}",
        f"/packages/{'s' * 51}/d/demo/demo.zip",
        "/packages/so:urce/d/demo/demo-1.0.tar.gz",
        "//packages/source/d/demo/demo-1.0.tar.gz",
        "/PACKAGES/source/d/demo/demo-1.0.tar.gz",
        "packages/source/d/demo/demo-1.0.tar.gz",
        "/packages\\source\\d\\demo\\demo.zip",
        "//evil.example/packages/source/d/demo/demo.zip",
        "/https://evil.example/",
        PRESENT.upper(),
        PRESENT.replace("2c", "2g"),
        PRESENT.replace("/0a/", "/0a0/"),
        f"{PRESENT}/",
        f"{PRESENT}/../../x",
    ],
)
def test_what_never_was_an_address_is_not_asked(path: str):
    assert question_of(FILES, path, DOCS) is None


@pytest.mark.parametrize(
    ("host", "path", "project"),
    [
        ("demo.docs.example.org", "/", "demo"),
        ("demo.docs.example.org", "", "demo"),
        ("demo.docs.example.org", "/a/b.html", "demo"),
        ("Demo.DOCS.example.org:8000", "/", "demo"),
        ("demo.docs.example.org.", "/", "demo"),
        ("zope.interface.docs.example.org", "/packages/source/d/demo/demo.zip", "zope-interface"),
        ("a_b.docs.example.org", "/\r\nX: y", "a-b"),
        (DOCS, "/demo/", "demo"),
        (DOCS, "/Demo_App", "demo-app"),
        (DOCS, "/demo/en/latest/\xc3\xb6.html", "demo"),
        (DOCS, "/demo//evil.example/", "demo"),
        (DOCS, "/packages/source/d/demo/demo.zip", "packages"),
    ],
)
def test_documentation_has_a_host_or_a_folder(host: str, path: str, project: str):
    assert question_of(host, path, DOCS) == Documentation(project)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (DOCS, "/"),
        (DOCS, "//evil.example/"),
        (DOCS, "/../demo/"),
        (DOCS, "/.demo/"),
        (DOCS, "/dem\xc3\xb6/"),
        (DOCS, "/demo\n/"),
        (f"-.{DOCS}", "/"),
        (f".{DOCS}", "/"),
        (f"a-.{DOCS}", "/"),
        (f"d@{DOCS}", "/demo/"),
        (f"demo.{DOCS}:x", "/"),
        (f"demo.{DOCS}/x", "/"),
        (f"demo.{DOCS}\r\n", "/"),
        (f"demo.{DOCS}..", "/"),
        (f"demo.{DOCS}.evil.example", "/"),
        (f"demo{DOCS}", "/"),
        (f"{'d' * 201}.{DOCS}", "/"),
    ],
)
def test_any_other_host_or_folder_has_no_documentation(host: str, path: str):
    assert question_of(host, path, DOCS) is None


@pytest.mark.parametrize("name", ["Demo", "demo", "DEMO"])
def test_a_name_has_one_spelling(name: str):
    assert normalized(name) == "demo"
    assert normalized("A__.-b") == "a-b"
