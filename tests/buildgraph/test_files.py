"""Texts of people: read whatever editor wrote them, or refused by file and line."""

import codecs
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_mark_and_the_ends_of_lines_are_no_part_of_a_text(tmp_path, mark):
    file = tmp_path / "main.in"
    file.write_bytes(mark + "six\r\n# für\rattrs\n".encode())

    assert read_people_text(file) == "six\n# für\nattrs\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"six\n# f\xfcr Tests\n", 2),
        (codecs.BOM_UTF8 + b"six\n\n# f\xfcr\n", 3),
        ("six".encode("utf-16"), 1),
        ("six\n".encode("utf-16-le"), 1),
        ("six\n".encode("utf-16-be"), 1),
    ],
)
def test_a_text_that_is_not_utf_8_is_named_with_its_line(tmp_path, monkeypatch, content, line):
    monkeypatch.chdir(tmp_path)
    Path("main.in").write_bytes(content)

    with pytest.raises(BuildError) as caught:
        read_people_text("main.in")
    assert str(caught.value) == f"'main.in' is not UTF-8 (line {line}). Save it as UTF-8."
