"""What a stranger put into an archive is shown safely, or refused with a sentence; and the service goes on."""

import gzip
import io
import os
import re
import struct
import tarfile
import warnings
import zipfile
import zlib
from html import unescape
from urllib.parse import unquote_to_bytes

import pytest
from inspector_fakes import SDIST, WHEEL, entry, tarred, zipped

PATH = f"/project/sample/1.0/{WHEEL}/"
REASON = re.compile('<p class="reason">(.*?)</p>', re.S)
LINK = re.compile('href="(/project/sample/1.0/[^/"]*/[^"]*[^/"])"')
DIRECTORY, LOCAL, END = b"PK\1\2", b"PK\3\4", b"PK\5\6"
TOO_MUCH = "The file is not shown. The archive unpacks to too much."


@pytest.fixture
def refused(get, index):
    """Ask for a file of this content; return why it is refused."""

    def ask(content: bytes, filename: str = WHEEL) -> str:
        index.files = {filename: content}
        page = get(f"{filename}/", 422)
        assert page.headers["Cache-Control"] == "no-store"
        return unescape(re.sub("<.*?>", "", REASON.search(page.text)[1]))

    return ask


def sole(get, index, content: bytes, filename: str = WHEEL):
    """Return the link to the only member, and the page that it leads to."""
    index.files = {filename: content}
    (address,) = LINK.findall(get(f"{filename}/").text)
    return address, get(unescape(address))


EVIL = ["/etc/passwd", "../x", "a/../../x", "..", "C:\\x", "c:x", "a\\b", "\\\\host\\x"]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_that_leads_out_is_refused(refused, name):
    said = f"The file is not shown. The archive has a file outside of its folder: '{name}'."
    assert refused(zipped((name, b""))) == said
    assert refused(tarred((name, b"")), SDIST) == said


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31mb", 'a<b class="odd">\\x1b</b>[31mb'),
        ("a\nb\tc", 'a<b class="odd">\\x0a</b>b<b class="odd">\\x09</b>c'),
        ("x\u202egpj.exe", 'x<b class="odd">\\u202e</b>gpj.exe'),
        ("a\u200bb", 'a<b class="odd">\\u200b</b>b'),
        ("e\U000e0041", 'e<b class="odd">\\U000e0041</b>'),
        ("end ", 'end<b class="odd">␠</b>'),
        ("é日本 ñ", "é日本 ñ"),
        ("<script>", "&lt;script&gt;"),
        ("\"'&<>", "&#34;&#39;&amp;&lt;&gt;"),
        ("{{ 7*7 }}{% raw %}", "{{ 7*7 }}{% raw %}"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("a?b=c#d;e%2e%2f", "a?b=c#d;e%2e%2f"),
        ("%2e%2e", "%2e%2e"),
        (" ", '<b class="odd">␠</b>'),
    ],
)
@pytest.mark.parametrize("kind", [WHEEL, SDIST])
def test_an_odd_name_is_seen_and_leads_to_its_member(get, index, name, shown, kind):
    content = zipped((name, b"the text")) if kind == WHEEL else tarred((name, b"the text"))
    address, page = sole(get, index, content, kind)

    assert f"<bdi>{shown}</bdi></h1>" in page.text and "the text" in page.text
    assert unquote_to_bytes(unescape(address).removeprefix(f"/project/sample/1.0/{kind}/")) == name.encode()
    assert not re.search("[\0-\x08\x0b-\x1f\u200b\u202e]", page.text)


def test_a_name_that_is_not_text_leads_to_its_member(get, index):
    content = tarred(("a\udcffb", b"the text"), format=tarfile.GNU_FORMAT)
    address, page = sole(get, index, content, SDIST)

    assert (
        address.endswith("/a%FFb") and 'a<b class="odd">\\xff</b>b' in page.text and "the text" in page.text
    )


def test_the_names_of_extended_headers_are_as_any_other(get, index):
    header, records = entry("h", tarfile.XHDTYPE), b"16 path=\xed\xa0\x80\xffab\n"
    _, page = sole(get, index, tarred((header, records), ("x", b"the text")), SDIST)

    assert 'class="odd"' in page.text and "the text" in page.text


@pytest.mark.parametrize("records", [b"13 path=a\0b\n", b"12 path=\0\0b\n"])
def test_a_name_that_ends_early_for_others_is_not_shown(get, index, records):
    index.files[SDIST] = tarred((entry("h", tarfile.XHDTYPE), records), ("x", b"the text"))
    assert "The archive is read in more than one way at '" in unescape(get(f"{SDIST}/", 422).text)


def test_a_name_of_ten_thousand_characters_is_shortened_and_still_leads_to_its_member(get, index):
    index.files[WHEEL] = zipped(("x" * 3000, b"1"), ("a/" * 5000 + "y", b"2"))
    text = get(f"{WHEEL}/").text

    assert "… 2,775 more characters …" in text and "… 9,774 more characters …" in text and len(text) < 20_000
    assert ">1</td>" in get(f"{WHEEL}/{'x' * 3000}").text
    assert "/y" not in "".join(re.findall('href="(.*?)"', text))
    assert ">2</td>" in get(f"{WHEEL}/{'a/' * 5000}y").text


def test_a_name_of_a_megabyte_does_not_fill_a_page(refused):
    assert len(refused(zipped(("/" + "x" * 60_000, b"")))) < 1100
    assert len(refused(tarred(("/" + "x" * 1_000_000, b"")), SDIST)) < 1100


def test_members_of_one_name_are_told_and_the_last_is_shown(get, index, refused):
    index.files[SDIST] = tarred(("a", b"first"), ("./a", b"last"))
    assert get(f"{SDIST}/").text.count("2 times: the last one is shown") == 2
    assert "last" in get(f"{SDIST}/a").text

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twice = zipped(("a", b"first"), ("a", b"last"))
    assert refused(twice) == "The file is not shown. The archive is read in more than one way at 'a'."


@pytest.mark.parametrize(("filename", "make"), [(WHEEL, zipped), (SDIST, tarred)])
def test_names_that_differ_in_case_are_told(get, index, filename, make):
    index.files[filename] = make(("README", b"1"), ("readme", b"2"))

    assert "Names that differ in case only:</strong> 1." in get(f"{filename}/").text
    assert (
        ">1</td></tr>" in get(f"{filename}/README").text and ">2</td></tr>" in get(f"{filename}/readme").text
    )


@pytest.mark.parametrize(
    ("kind", "target"),
    [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.SYMTYPE, "../../etc"), (tarfile.LNKTYPE, "/etc/passwd"),
     (tarfile.CHRTYPE, ""), (tarfile.BLKTYPE, ""), (tarfile.FIFOTYPE, "")],
)  # fmt: skip
def test_links_out_and_devices_are_refused(refused, kind, target):
    said = "The file is not shown. The archive has a file that is no file of its folder: 's-1/x'."
    assert refused(tarred((entry("s-1/x", kind, target), b"")), SDIST) == said


def test_a_link_is_told_and_not_followed(get, index):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    _, page = sole(get, index, content.getvalue())

    assert "This is a link; its content is where it leads." in page.text and ">/etc/passwd</td>" in page.text
    _, page = sole(get, index, tarred((entry("a/x", tarfile.SYMTYPE, "<y>"), b"")), SDIST)
    assert "This is a link to <bdi>&lt;y&gt;</bdi>." in page.text and "root:" not in page.text


def test_an_archive_in_an_archive_is_bytes(get, index):
    inner = zipped(("a", b"x"))
    _, page = sole(get, index, zipped(("inner.zip", inner)))
    assert "This is not a text." in page.text and "50 4b 03 04" in page.text


def test_what_is_encrypted_is_told_and_not_read(get, index):
    content = bytearray(zipped(("secret", b"x")))
    for sign, place in ((LOCAL, 6), (DIRECTORY, 8)):
        content[content.index(sign) + place] |= 1
    address, page = sole(get, index, bytes(content))

    assert ">encrypted</span>" in get(f"{WHEEL}/").text
    assert "This member is encrypted." in page.text
    assert "has no content to hand out" in get(f"{address}?download", 422).text


def test_bombs_are_refused_by_what_they_say(refused):
    bomb = tarfile.TarInfo("a")
    bomb.size = 1 << 40
    assert refused(gzip.compress(bomb.tobuf(tarfile.GNU_FORMAT)), SDIST) == TOO_MUCH
    many = bytearray(zipped(("a", b""), ("b", b"")))
    for sign in re.finditer(DIRECTORY, bytes(many)):
        many[sign.start() + 24 : sign.start() + 28] = struct.pack("<L", 600 << 20)
    assert refused(bytes(many)) == TOO_MUCH


def test_a_bomb_that_says_little_is_read_as_far_as_it_says(get, index, refused):
    content = bytearray(zipped(("a", bytes(200 << 20))))
    place = content.index(DIRECTORY) + 24
    content[place : place + 4] = content[22:26] = struct.pack("<L", 10)
    index.files[WHEEL] = bytes(content)
    reason = REASON.search(get(f"{WHEEL}/a", 422).text)[1]
    assert unescape(reason) == f"The file is not shown. '{WHEEL}' is damaged: Bad CRC-32 for file 'a'."


def test_a_gigabyte_of_zeros_behind_a_tar_costs_some_seconds_at_most(get, index):
    zeros = gzip.compress(bytes(1 << 24), mtime=0)
    index.files = {SDIST: tarred(("a", b"the text")) + zeros * 64}
    began = os.times()
    page = get(f"{SDIST}/a", (200, 422))
    now = os.times()

    assert "the text" in page.text or "needs too much time" in page.text
    assert now.user + now.system - began.user - began.system < 2  # of this process


def test_members_that_share_their_content_are_refused(refused):
    """David Fifield's bomb: the content of each file is the headers and contents of all that follow."""
    kernel, names, block = zlib.compress(bytes(100_000))[2:-4], b"abc", b""
    for name in reversed(names):
        fields = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0, 0, len(kernel) + len(block), 100_000, 1, 0)
        block = LOCAL + fields + bytes([name]) + block
    directory = b""
    for number, name in enumerate(names):
        size = len(kernel) + len(block) - 31 * (number + 1)
        fields = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0, 0, size, 100_000, 1, 0)
        directory += (
            DIRECTORY + b"\x14\0" + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 31 * number) + bytes([name])
        )
    end = END + struct.pack("<HHHHLLH", 0, 0, 3, 3, len(directory), len(block + kernel), 0)
    said = "The file is not shown. The archive is read in more than one way at 'b'."
    assert refused(block + kernel + directory + end) == said


def test_a_zip_that_holds_itself_is_bytes_within(get, index):
    """Of a quine, or 42.zip, the first level is looked at, and nothing of what is in it."""
    content = zipped(("r/r.zip", b""), method=zipfile.ZIP_STORED)
    for _ in range(5):
        content = zipped(("r/r.zip", content))
    _, page = sole(get, index, content)
    assert "This is not a text." in page.text


def test_an_entry_of_64_bits_that_lies_is_refused(refused):
    extra = struct.pack("<HHQ", 1, 8, 1 << 50)
    local = LOCAL + struct.pack("<HHHHHLLLHH", 45, 0, 0, 0, 0, 0, 1, 1, 1, 0) + b"ax"
    fields = struct.pack("<HHHHHLLLHH", 45, 0, 0, 0, 0, 0, 1, 0xFFFFFFFF, 1, len(extra))
    directory = (
        DIRECTORY + struct.pack("<H", 45) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + b"a" + extra
    )
    end = END + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(directory), len(local), 0)
    assert refused(local + directory + end) == TOO_MUCH
    more = struct.pack(
        "<LQHHLLQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1 << 40, 1 << 40, len(directory), len(local)
    )
    locator = struct.pack("<LLQL", 0x07064B50, 0, len(local) + len(directory), 1)
    assert refused(local + directory + more + locator + end).startswith("The file is not shown.")


def test_a_zip_with_something_in_front_of_it_or_behind_it_is_refused(refused):
    content = zipped(("a", b"x"))
    two_ways = "The file is not shown. The archive is read in more than one way at 'a'."
    assert refused(b"#!/bin/sh\n" + content) == two_ways
    assert refused(b"<html><script>alert(1)</script>" + content) == two_ways
    assert refused(content + b"more") == "The file is not shown. The archive has something behind its end."
    assert refused(content[:30] + b"b" + content[31:]) == two_ways  # by its local header


def test_a_zip_behind_a_tar_is_refused_as_either(refused):
    both = tarred(("a", b"x")) + zipped(("b", b"y"))
    assert refused(both, SDIST).startswith(f"The file is not shown. '{SDIST}' is damaged: Not a gzipped file")
    assert refused(both) == "The file is not shown. The archive is read in more than one way at 'b'."
    inner = gzip.decompress(tarred(("a", b"x"))) + zipped(("b", b"y"))
    assert (
        refused(gzip.compress(inner), SDIST)
        == "The file is not shown. The archive has something behind its end."
    )


@pytest.mark.parametrize("filename", [WHEEL, SDIST])
@pytest.mark.parametrize("length", [0, 1, 10, 50, 90])
def test_what_breaks_off_is_refused(refused, filename, length):
    content = zipped(("a", b"x")) if filename == WHEEL else tarred(("a", b"x"))
    assert refused(content[:length], filename).startswith(f"The file is not shown. '{filename}' is damaged: ")


@pytest.mark.parametrize("filename", ["sample.exe", "sample-1.0.tar.bz2", "sample-1.0.egg"])
def test_other_kinds_are_not_looked_into(refused, index, filename):
    assert refused(b"x", filename) == "Only files of these kinds are looked into: .whl, .zip, .tar.gz."
    assert not any(path.startswith("/files/") for path in index.asked)


def test_too_many_members_are_refused_and_the_most_that_may_be_are_pages(get, index, refused):
    entries = [(f"d{number % 7}/m{number}", b"") for number in range(50_001)]
    assert refused(zipped(*entries)) == TOO_MUCH
    index.files = {WHEEL: zipped(*entries[:-1])}
    assert "50,000 members, page 100 of 100" in get(f"{WHEEL}/?page=100").text


def test_headers_in_quadratic_time_stop_nobody(get, index, refused):
    """CVE-2024-6232: in some releases of Python."""
    info = entry("x", tarfile.XHDTYPE)
    info.size = 2 * 1024 * 1024 - 600
    header = info.tobuf(tarfile.USTAR_FORMAT) + b"9" * info.size + bytes(-info.size % 512)
    reason = refused(gzip.compress(header + entry("y").tobuf() + bytes(1024)), SDIST)
    assert reason.startswith(("The file needs too much time", f"The file is not shown. '{SDIST}' is damaged"))
    index.files = {WHEEL: zipped(("a", b"x"))}
    assert "1 member" in get(f"{WHEEL}/").text


@pytest.mark.parametrize(
    "line", ["a\u202eb", "a\u2066b", "a\rb", "a\x08b", "a\x1b[2Kb", "a\u2028b", "a\ufeffb", "a\U000e0041b", "a\ufe0fb", "a\u3164b", "a\x0cb"]
)  # fmt: skip
def test_what_cannot_be_seen_in_a_text_is_written_out(get, index, line):
    _, page = sole(get, index, zipped(("a.py", f"{line} and what can be seen\n".encode())))

    assert re.search(r'<td>a<b class="odd">\\[xuU][0-9a-f]+</b>(\[2K)?b and what', page.text)
    assert "Something here cannot be seen" in page.text
    assert line not in page.text
