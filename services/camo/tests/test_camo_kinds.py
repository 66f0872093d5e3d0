"""A content is of the kind that it is said to have, or it is not shown."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camo.kinds import KINDS, LONGEST_PROLOGUE, kind_of

HTML = b"<!DOCTYPE html><html><script>alert(1)</script>"
AVIF = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf" + b"x" * 40
CONTENTS = {
    "image/png": [b"\x89PNG\r\n\x1a\n...."],
    "image/jpeg": [b"\xff\xd8\xff\xe0....", b"\xff\xd8\xff\xdb...."],
    "image/gif": [b"GIF87a....", b"GIF89a...."],
    "image/webp": [b"RIFF\x10\x00\x00\x00WEBPVP8 "],
    "image/avif": [AVIF, b"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif....", b"\x00\x00\x00\x10ftypavis\x00\x00\x00\x00"],
    "image/x-icon": [b"\x00\x00\x01\x00\x01\x00" + b"x" * 40],
    "image/svg+xml": [
        b"<svg/>",
        b'<svg xmlns="http://www.w3.org/2000/svg">',
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- made by hand -->\n<svg\n>',
        b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd"><svg >',
        "<!-- ü -->\n<!-- < > -- -->\n<svg:svg>".encode(),
        b" \n\t<svg>",
    ],
}  # fmt: skip
SAID = [(type, content) for type, contents in CONTENTS.items() for content in contents]


@pytest.mark.parametrize(("type", "content"), SAID)
def test_a_content_begins_as_one_kind_only(type: str, content: bytes):
    kinds = dict.fromkeys(KINDS.values())
    assert [kind.type for kind in kinds if kind.begins(content)] == [type]


@pytest.mark.parametrize("kind", dict.fromkeys(KINDS.values()), ids=lambda kind: kind.suffix)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML,
        b"<html><svg>",
        b"<script>alert(1)</script>",
        b"GIF8",
        b"GIF88a<script>",
        b"\n\x89PNG\r\n\x1a\n",
        b"\x89PNG\n",
        b"\xff\xd8",
        b"RIFF\x10\x00\x00\x00WAVE",
        b"\x00\x00\x00\x1cftypisom\x00\x00\x00\x00isommp42....",
        b"\xff\xff\xff\xffftypmif1" + b"avif" * 10,
        b"\x00\x00\x01\x00",
        b"\x00\x00\x01\x00\x00\x00" + b"x" * 40,
        b"\x00\x00\x02\x00\x01\x00" + b"x" * 40,
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"BM<script>",
        b"#!/bin/sh",
    ],
)
def test_what_is_in_disguise_is_of_no_kind(kind, content: bytes):
    assert not kind.begins(content)


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>',
        b"<!DOCTYPE html><svg>",
        b"<!DOCTYPE svg><!DOCTYPE svg><svg>",
        b"<?xml version='1.0'?><?xml-stylesheet href='http://x'?><svg>",
        b"<!--><script>alert(1)</script>--><svg>",
        b"<!---><script>alert(1)</script>--><svg>",
        b"<!-- <svg>",
        b"<svgx>",
        b"<svg",
        b"<SVG>",
        b"text <svg>",
        b"<s\xffvg>",
        "<svg>".encode("utf-16"),
        b"<!-- \xff --><svg>",
        b'<?xml version="1.0" encoding="iso-2022-jp"?><!-- \x1b$B --><svg>',
        b"<?xml version='1.0' encoding = 'utf-7'?><svg>",
        b"<?xml version='1.0' encoding='utf-16'?><svg>",
        b"<?xml version='1.0' encoding='utf-8' encoding='utf-7'?><svg>",
        "<?xml encoding='i\u017fo-8859-1'?><svg>".encode(),
        b"<!--" + b"x" * LONGEST_PROLOGUE + b"--><svg>",
    ],
)
def test_an_svg_begins_with_its_root_after_what_cannot_be_read_otherwise(content: bytes):
    assert not KINDS["image/svg+xml"].begins(content)


@pytest.mark.parametrize("unit", [b"<!---->", b"<!--", b"--><!--", b" ", b"<!DOCTYPE svg ", b"<?xml ", b"<"])
def test_a_long_prologue_takes_little_time(unit: bytes):
    began = time.process_time()
    for start in (b"", b"<!--", b"<?xml "):
        KINDS["image/svg+xml"].begins(start + unit * (5 * 1024 * 1024 // len(unit)))
    assert time.process_time() - began < 2


@given(st.binary(max_size=64), st.sampled_from(sorted(KINDS)))
def test_any_content_is_looked_at_without_an_error(content: bytes, type: str):
    assert KINDS[type].begins(content) in (True, False)


@pytest.mark.parametrize(
    ("said", "type"),
    [
        ("image/png", "image/png"),
        ("IMAGE/PNG ; charset=utf-8", "image/png"),
        ("image/jpg", "image/jpeg"),
        ("image/svg+xml;charset=utf-8", "image/svg+xml"),
        ("image/vnd.microsoft.icon", "image/x-icon"),
        ("text/html", None),
        ("image/bmp", None),
        ("image/*", None),
        ("image/png, text/html", None),
        ("", None),
    ],
)
def test_a_type_names_its_kind(said: str, type: str | None):
    kind = kind_of(said)
    assert (kind and kind.type) == type
