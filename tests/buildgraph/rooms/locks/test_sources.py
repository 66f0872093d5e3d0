"""The `.in` files: read as pip reads them, and refused by a sentence for what a group does not say."""

from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import Locks
from buildgraph.rooms.locks.sources import read_source
from buildgraph.rooms.locks.status import read_status


def read(content: str | bytes) -> tuple[tuple[str, str], ...]:
    Path("requirements").mkdir(exist_ok=True)
    Path("requirements/main.in").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_source("requirements", "main").lines


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"\xef\xbb\xbfsix\n", {1: "six"}),
        ("six\r\nidna\r\n", {1: "six", 2: "idna"}),
        ("six\t# why\n", {1: "six"}),
        ("six \u00a0# why\n", {1: "six"}),
        ("idna \\\n   >=3\nsix\n", {1: "idna>=3", 3: "six"}),
        ("six  # one\u0085two\u2028three\x0cfour\n", {1: "six"}),
        ("# a comment \\\nsix\n", {2: "six"}),
        ("six \\\n# a comment\nidna\n", {1: "six", 3: "idna"}),
        ("six \\", {1: "six"}),
        (
            f"x @ https://h/x-1-py3-none-any.whl#sha256={64 * '0'}\n",
            {1: f"x @ https://h/x-1-py3-none-any.whl#sha256={64 * '0'}"},
        ),
    ],
)
def test_marks_comments_and_continued_lines_are_read_as_pip_reads_them(project, content, lines):
    assert read(content) == tuple((f"requirements/main.in, line {at}", line) for at, line in lines.items())


@pytest.mark.parametrize(
    ("content", "line"),
    [("six\n# f\u00fcr\n".encode("latin-1"), 2), ("six\n".encode("utf-16"), 1)],
)
def test_another_encoding_is_refused_by_file_and_line(project, content, line):
    with pytest.raises(BuildError) as caught:
        read(content)
    assert str(caught.value) == f"'requirements/main.in' is not UTF-8 (line {line}). Save it as UTF-8."


INCLUDES = "includes another file, and a group is one file. Name that file's group in the groups of dodo.py as well, "
INCLUDES += "in the same folder: then it may be taken in."
BOUNDS = "names constraints, and all groups are one resolution already. "
BOUNDS += "Name that file's group in the groups of dodo.py as well, or write the bound into this one, as a requirement: 'name<2'."
BUILT = "names a repository or an address to be built, which cannot be pinned by digest. Name a release, "
BUILT += "a wheel by its address with '#sha256=…', or a library of the checkout: '-e ./folder'."
FOUND = (
    "says where or how packages are found, which a group does not say. Which registry is asked is your own "
)
FOUND += "pip configuration; a pre-release is asked for by its version: 'name>=2.0rc1'."
OTHER = "is an option, and a locked group takes requirements only. List what the group itself imports."


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-r prod.in", INCLUDES),
        ("--requirement=prod.in", INCLUDES),
        ("-c ../constraints.txt", BOUNDS),
        ("-e git+https://h/x.git#egg=x", BUILT),
        ("--index-url https://h/simple", FOUND),
        ("-f wheels", FOUND),
        ("--pre", FOUND),
        ("--require-hashes", OTHER),
    ],
)
def test_each_option_is_refused_with_what_to_write_instead(project, line, told):
    with pytest.raises(BuildError) as caught:
        read(f"{line}\n")
    assert str(caught.value) == f"requirements/main.in, line 1: '{line}' {told}"


def test_a_login_in_an_option_is_not_repeated(project):
    with pytest.raises(BuildError) as caught:
        read("--index-url https://alice:secret@h/simple\n")
    assert caught.value.what.startswith("'--index-url https://…@h/simple' says where")


def test_conflict_markers_in_the_constraints_are_told_as_such(project):
    read("six\n")
    Path("requirements/constraints.txt").write_text("<<<<<<< HEAD\nsix==1\n=======\nsix==2\n>>>>>>> other\n")

    with pytest.raises(BuildError) as caught:
        read_status(Locks(("main",), pythons=("3.11",)))
    assert str(caught.value) == (
        "requirements: 'requirements/constraints.txt' contains merge conflict markers. "
        "Take one side of it ('git checkout --ours requirements'), then run 'doit locks'."
    )


def test_constraints_in_another_encoding_are_refused_by_file_and_line(project):
    read("six\n")
    Path("requirements/constraints.txt").write_bytes(b"six==1\n# f\xfcr\n")

    with pytest.raises(BuildError) as caught:
        read_status(Locks(("main",), pythons=("3.11",)))
    assert str(caught.value) == "'requirements/constraints.txt' is not UTF-8 (line 2). Save it as UTF-8."
