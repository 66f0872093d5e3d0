"""The pages of the inspector: releases, files, members, and what is in one."""

import hashlib
import re
import tarfile
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from inspector_fakes import SDIST, WHEEL, entry, tarred, zipped
from webob import Request

import vitals
from inspector import app, contents, reading
from inspector.pages import HEADERS, size
from inspector.settings import Limits

PATH = f"/project/sample/1.0/{WHEEL}/"


def told(response) -> str:
    """Return what a refusal says."""
    return unescape(re.sub("<.*?>", "", re.search('<p class="reason">(.*?)</p>', response.text, re.S)[1]))


def lines(response) -> list[str]:
    """Return the lines of a text."""
    found = re.findall(
        r'<tr id="L(\d+)"><td><a href="#L\1">\1</a></td><td>(.*?)</td></tr>', response.text, re.S
    )
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    return [text for _, text in found]


def links(response) -> list[str]:
    """Return where the links of the content lead."""
    return [unescape(each) for each in re.findall('href="(.*?)"', response.text.partition("<main")[2])]


def test_the_first_page_says_what_this_is(get, index):
    page = get("/")

    assert "What is in a package?" in page.text
    assert index.asked == []


def test_robots_are_kept_from_reading_all_files(get):
    assert get("/robots.txt").text == "User-agent: *\nDisallow: /project/\n"
    assert get("/robots.txt").headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_project_has_its_releases_the_newest_first(get, index):
    index.files[WHEEL] = b""

    assert links(get("/project/sample/"))[:2] == ["1.0/", "0.9/"]
    assert "2 releases" in get("/project/sample/").text


def test_a_release_has_its_files_with_their_digests(get, index):
    index.files |= {WHEEL: b"a", SDIST: b"b"}
    page = get("/project/sample/1.0/")

    assert links(page) == [f"{WHEEL}/", f"{SDIST}/"]
    assert hashlib.sha256(b"a").hexdigest() in page.text and "2025-05-01" in page.text
    assert "yanked" not in page.text
    index.said = {"yanked": True}
    assert page.text.count("yanked") == 0 and get("/project/sample/1.0/").text.count("yanked") == 2


def test_what_has_nothing_says_so(get, index):
    index.said = {}
    assert "This release has no file." in get("/project/sample/1.0/").text
    index.files[WHEEL] = zipped()
    assert "This file has no members." in get(f"{WHEEL}/").text


def test_a_file_lists_its_members_folder_by_folder(get, index):
    index.files[WHEEL] = zipped(("a/z/c", b"1"), ("top", b""), ("a/", b""), ("a/b", b"22"), ("empty/", b""))
    assert "This folder is empty." in get(f"{WHEEL}/empty/").text
    page = get(f"{WHEEL}/")

    assert links(page)[1:] == [f"{PATH}{each}" for each in ("empty/", "top", "a/", "a/b", "a/z/", "a/z/c")]
    assert "4 members" in page.text and "2 bytes" in page.text
    assert hashlib.sha256(index.files[WHEEL]).hexdigest() in page.text
    assert links(page)[0] == f"{index.address}/files/{WHEEL}"


def test_a_folder_lists_what_is_below_it(get, index):
    index.files[WHEEL] = zipped(("a/b", b""), ("a/c/d", b""), ("ab", b""))

    assert links(get(f"{WHEEL}/a/"))[2:] == [f"{PATH}{each}" for each in ("a/", "a/b", "a/c/", "a/c/d")]
    assert told(get(f"{WHEEL}/x/", 404)) == "There is nothing of this name in this file."


def test_a_long_list_has_pages(get, index, monkeypatch):
    index.files[WHEEL] = zipped(*((f"m{number:04}", b"") for number in range(reading.PAGE + 1)))

    first, second = get(f"{WHEEL}/"), get(f"{WHEEL}/?page=2")
    assert "501 members, page 1 of 2" in first.text and links(first)[-1] == f"{PATH}?page=2"
    assert links(second)[1:] == [f"{PATH}m0500", f"{PATH}?page=1"]
    for number in ("3", "0", "-1", "x", "9" * 30, "1 "):
        assert told(get(f"{WHEEL}/?page={quote(number)}", 404)) == "There is no such page."
    assert get(f"{WHEEL}/?else=1").text == first.text


def test_a_text_has_lines_with_anchors(get, index):
    index.files[WHEEL] = zipped(("a.py", b"import os\r\n\n\tx = 1 < 2\nlast"))
    page = get(f"{WHEEL}/a.py")

    assert lines(page) == ["import os", "", "\tx = 1 &lt; 2", "last"]
    assert hashlib.sha256(b"import os\r\n\n\tx = 1 < 2\nlast").hexdigest() in page.text
    assert "Something here" not in page.text


def test_the_same_is_shown_of_a_tar(get, index):
    index.files[SDIST] = tarred(("./sample-1.0/setup.py", b"1\n"), (entry("sample-1.0/l", tarfile.SYMTYPE, "setup.py"), b""),
                                (entry("sample-1.0/q", b"Z"), b""))  # fmt: skip

    page = get(f"{SDIST}/")
    assert links(page)[2:] == [
        f"/project/sample/1.0/{SDIST}/sample-1.0/{each}" for each in ("l", "q", "setup.py")
    ]
    assert "link to <bdi>setup.py</bdi>" in page.text and "of an unknown kind" in page.text
    assert lines(get(f"{SDIST}/sample-1.0/setup.py")) == ["1"]
    assert "This is a link to <bdi>setup.py</bdi>." in get(f"{SDIST}/sample-1.0/l").text
    assert "of a kind that nobody knows" in get(f"{SDIST}/sample-1.0/q").text


def test_an_empty_file_says_so(get, index):
    index.files[WHEEL] = zipped(("a", b""))
    assert "This file is empty." in get(f"{WHEEL}/a").text


@pytest.mark.parametrize("content", [b"\x7fELF\0\1", bytes(range(256)), b"\xff" * 30, "é".encode("utf-16")])
def test_what_is_not_a_text_is_shown_as_bytes(get, index, content):
    index.files[WHEEL] = zipped(("a", content))
    page = get(f"{WHEEL}/a")

    assert "This is not a text." in page.text
    assert f"<td>00000000</td><td>{content[:16].hex(' ')}</td>" in page.text


def test_a_text_of_another_encoding_is_shown_with_its_bytes(get, index):
    index.files[WHEEL] = zipped(("a", "# Käse und noch mehr\n".encode("latin-1")))
    assert lines(get(f"{WHEEL}/a")) == ['# K<b class="odd">\\xe4</b>se und noch mehr']


def test_a_page_names_no_host_that_a_request_has_named(get, index):
    index.files[WHEEL] = zipped()
    response = get("/project/Sample/", 301, headers={"Host": "evil.example"})
    assert (response.headers["Location"], "evil.example" in response.text) == ("/project/sample/", False)


def test_what_cannot_be_seen_is_written_out_up_to_a_number(get, index, monkeypatch):
    monkeypatch.setattr(contents, "ODD_PLACES", 3)
    assert contents.view("a\u202eb\n\u202e\u202e\n".encode(), False)["is_cut"] is False
    assert contents.view("a\u202eb\n\u202ec\u202ed\u202ee\nmore\n".encode(), False) == {
        "lines": [["a", "\\u202e", "b"], ["", "\\u202e", "c", "\\u202e", "d"]],
        "is_odd": True,
        "is_cut": True,
    }


def test_a_large_content_is_cut_between_two_characters(get, index):
    index.files[WHEEL] = zipped(("t", b"x" + "é".encode() * contents.VIEW_BYTES), ("b", bytes(contents.VIEW_BYTES)),
                                ("l", b"1\n" * (contents.LINES + 1)))  # fmt: skip

    (line,) = lines(get(f"{WHEEL}/t"))
    assert line == "x" + "é" * (contents.VIEW_BYTES // 2 - 1)
    assert len(lines(get(f"{WHEEL}/l"))) == contents.LINES
    for name in "tbl":
        assert "There is more." in get(f"{WHEEL}/{name}").text


def test_a_very_large_one_has_no_digest_and_is_not_handed_out(get, index, monkeypatch):
    large = bytes(reading.DIGEST_BYTES + 1)
    index.files[WHEEL] = zipped(("a", large))
    page = get(f"{WHEEL}/a")

    assert "64.0 MiB" in page.text and "not computed, since it is so large" in page.text
    assert "too large to be handed out alone" in page.text
    assert told(get(f"{WHEEL}/a?download", 422)) == (
        f"The file is not shown. 'a' is larger than {reading.CONTENT_BYTES} bytes."
    )


@pytest.mark.parametrize(
    ("name", "filename"),
    [
        ("a/page.html", "page.html"),
        ('a"; x=y\r\nSet-Cookie: a=b', "a___x_y__Set-Cookie__a_b"),
        ("\u202egpj.exe", "___gpj.exe"),
        (".bashrc", "bashrc"),
        ("é", "__"),
        ("...", "_"),
        ("x" * 1000, "x" * 100),
    ],
)
def test_a_download_is_bytes_with_a_plain_name(get, index, name, filename):
    index.files[WHEEL] = zipped((name, b"<script>alert(1)</script>"))
    response = get(f"{WHEEL}/{quote(name)}?download")

    assert response.body == b"<script>alert(1)</script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/project/Sample", "/project/sample/"),
        ("/project/sample", "/project/sample/"),
        ("/project/SAMPLE/1.0/x", "/project/sample/1.0/x"),
        ("/project/sample/1.0", "/project/sample/1.0/"),
        ("/project/sample/1/a.whl//x%2f", "/project/sample/1.0/a.whl//x/"),
        (PATH[:-1], PATH),
        (f"{PATH}a", f"{PATH}a/"),
        (f"{PATH}a%0d%0aX:%20y", f"{PATH}a%0D%0AX%3A%20y/"),
    ],
)
def test_another_spelling_leads_to_the_page(get, index, path, place):
    index.files[WHEEL] = zipped(("a/", b""), ("a\r\nX: y/", b""))
    response = get(path, 301)

    assert response.headers["Location"] == place
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/other", "There is nothing at this address."),
        ("/project", "There is nothing at this address."),
        ("//project/sample/", "There is nothing at this address."),
        ("/project/", "There is no project of this name."),
        ("/project/..%2f..%2f/", "There is nothing at this address."),
        ("/project/Sample/..//example.org", "There is nothing at this address."),
        ("/project/%ff/", "There is no project of this name."),
        ("/project/a%00b/", "There is no project of this name."),
        ("/project/other/", "There is no project 'other'."),
        ("/project/sample/2.0/", "There is no release 2.0 of 'sample'."),
        ("/project/sample/%2e%2e/", "There is nothing at this address."),
        ("/project/sample/1%3fa/", "There is no such release of 'sample'."),
        ("/project/sample/1.0/other.whl/", "There is no file 'other.whl' in this release."),
        ("/project/sample/1.0/%3Cscript%3E/", "There is no such file in this release."),
        (f"{PATH}nothing", "There is nothing of this name in this file."),
        (f"{PATH}nothing?download", "There is nothing of this name in this file."),
        (f"{PATH}../a", "There is nothing at this address."),
        (f"{PATH}./a", "There is nothing at this address."),
        (f"{PATH}..", "There is nothing at this address."),
        (f"{PATH}%00", "There is nothing of this name in this file."),
    ],
)
def test_what_is_not_there_is_not_found(get, index, path, said):
    index.files[WHEEL] = zipped(("a", b""))
    page = get(path, 404)

    assert told(page) == said
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_is_written(get, index, method):
    page = get("/project/sample/", 405, method=method)

    assert page.headers["Allow"] == "GET, HEAD"
    assert told(page) == "There is nothing to write here: only GET and HEAD are answered."
    assert index.asked == []


def test_head_is_get_without_a_body(get, index):
    index.files[WHEEL] = zipped(("a", b"x"))
    for path in ("/", f"{WHEEL}/", f"{WHEEL}/a", f"{WHEEL}/a?download"):
        whole, head = get(path), get(path, method="HEAD")
        assert head.body == b"" and head.headers == whole.headers


def test_every_answer_has_the_headers(get, index):
    index.files[WHEEL] = zipped(("a", b"x"))
    pages = [
        ("/", 200),
        ("/style.css", 200),
        ("/robots.txt", 200),
        ("/project/sample/", 200),
        (f"{WHEEL}/", 200),
        (f"{WHEEL}/a", 200),
        ("/x", 404),
    ]
    for path, status in pages:
        headers = get(path, status).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    policy = HEADERS["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not [rule for rule in policy if "script" in rule or "unsafe" in rule]


def test_no_page_has_a_script_a_style_or_an_image(get, index):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\" style='x'"
    index.files[WHEEL] = zipped((evil, evil.encode()), ("a.svg", b'<svg onload="alert(1)"/>'))
    for path in ("/project/sample/", f"{WHEEL}/", f"{WHEEL}/{quote(evil)}", f"{WHEEL}/a.svg"):
        page = get(path)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert not re.search(r"<(script|img|svg|style|iframe|object)|\s(on\w+|style)=['\"]", page.text.replace("&lt;", "(").replace("&#34;", "_").replace("&#39;", "_"))  # fmt: skip


def test_what_goes_wrong_here_is_a_page_too(get, index, inspector, monkeypatch, caplog):
    monkeypatch.setattr(inspector._index, "releases", lambda name: 1 / 0)

    assert told(get("/project/sample/", 500)) == "This is a mistake of ours, and is in our log."
    assert "ZeroDivisionError" in caplog.text


def test_as_many_pages_as_there_are_places_are_answered_at_once(get, index, inspector):
    for _ in range(12):
        assert inspector._free.acquire(blocking=False)
    page = get("/project/sample/", 503)
    assert told(page) == "Too many pages are asked for at once. Try again later."
    assert page.headers["Retry-After"] == "5"
    assert get("/").status_int == 200
    for _ in range(12):
        inspector._free.release()
    assert get("/project/sample/").status_int == 200


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1 << 20, "1.0 MiB"), ((1 << 20) - 1, "1.0 MiB"),
     (5 << 30, "5.0 GiB"), (1 << 60, "1024.0 PiB")],
)  # fmt: skip
def test_sizes_are_read_by_people(count, said):
    assert size(count) == said


def test_the_application_of_the_environment_has_its_vitals(index, monkeypatch):
    monkeypatch.setenv("INSPECTOR_INDEX", index.address)
    monkeypatch.setattr(vitals, "begin", lambda service: None)  # logging is pytest's here
    monkeypatch.setattr(app, "end_in_order", lambda: None)
    made = app.application()

    ready = Request.blank("/_health/ready").get_response(made)
    assert ready.json == {"service": "inspector", "ok": True, "checks": {"index": "ok"}}
    assert "What is in a package?" in Request.blank("/").get_response(made).text


def test_the_procfile_names_the_application():
    procfile = Path(app.__file__).parents[2] / "Procfile"
    (line,) = procfile.read_text(encoding="utf-8").splitlines()
    threads = int(re.search(r"--threads=(\d+)", line)[1])
    assert line.endswith("--call inspector.app:application") and threads > Limits().answers
