"""What an environment file says, in the dialect of docker compose and python-dotenv."""

from __future__ import annotations

import pytest

from buildgraph import BuildError, dotenv


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that writes a file and reads it."""
    monkeypatch.chdir(tmp_path)

    def read(text: str) -> dict[str, str]:
        (tmp_path / ".env").write_bytes(text.encode("utf-8", "surrogateescape"))
        return dotenv(".env")

    return read


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("export A=1", "1"),
        ("export\tA = 1 ", "1"),
        ("  A=1", "1"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A=#b", "#b"),
        ("A=a#b", "a#b"),
        ("A=a #b", "a"),
        ("A=a\t# b", "a"),
        ("A=a b  c  ", "a b  c"),
        ("A=a=b", "a=b"),
        ("A=ä✓", "ä✓"),
        ("A=it's", "it's"),
        (r"A=a\nb", r"a\nb"),
        ("A='a #b' # c", "a #b"),
        (r"A='a\n${B} $B'", r"a\n${B} $B"),
        ("A='a\nb'", "a\nb"),
        ('A=""', ""),
        ('A="a #b"# c', "a #b"),
        (r'A="a\n\t\r\"\\\$"', 'a\n\t\r"\\$'),
        (r'A="a\x"', r"a\x"),
        ('A="a\nb"', "a\nb"),
        ("A=$B", "$B"),
        ("A=`date` $(date)", "`date` $(date)"),
        ("A=${B:-x y} z", "x y z"),
        ("A=${B-}", ""),
        ("A=1\nA=2", "2"),
        ("A=1\r", "1"),
        ("A=1\u00a0", "1"),
        (r"A=\$B \\", "\\$B \\\\"),
        (r"A=\${B}", "${B}"),
    ],
)
def test_a_value_is_read(read, line, value):
    assert read(f"# first\n\n{line}\nLAST=1\n") == {"A": value, "LAST": "1"}
    assert read(f"\ufeff{line}") == {"A": value}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("${A}", "1"),
        ('"${A} x"', "1 x"),
        ("'${A}'", "${A}"),
        (r'"\${A}"', "${A}"),
        ("${A:-2}${E:-3}${E-4}${N-5}", "135"),
    ],
)
def test_a_line_above_is_taken_up(read, line, value):
    assert read(f"A=1\nE=\nB={line}")["B"] == value


def test_a_variable_of_the_person_is_never_read(read, monkeypatch):
    monkeypatch.setenv("MINE", "1")
    with pytest.raises(BuildError) as caught:
        read("A=1\nB=x${MINE}\n")
    assert str(caught.value) == (
        ".env, line 2: '${MINE}' names what no line above sets. "
        "Set 'MINE' above, write '${MINE:-…}', or put the value into single quotes. No variable of your own is read."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nB\n", ".env, line 2: 'B' is not NAME=value. Write NAME=value, a comment (#), or nothing."),
        ("A: 1", ".env, line 1: 'A: 1' is not NAME=value. Write NAME=value, a comment (#), or nothing."),
        ("1A=x", ".env, line 1: '1A' is not NAME=value. Write NAME=value, a comment (#), or nothing."),
        (
            "A='1\n2\n3'\n=x",
            ".env, line 4: '' is not NAME=value. Write NAME=value, a comment (#), or nothing.",
        ),
        *(
            (
                f"\nA={value}",
                ".env, line 2: the value of 'A' is not within one pair of quotes. "
                "End it with the quote that it begins with; after that only a comment may follow.",
            )
            for value in ('"a', "'a", '"a" b', r"'it\'s'", r"'C:\dir\'", "'a'b", '"a\\"')
        ),
        *(
            (
                f"A=1\nB={value}",
                ".env, line 2: '${' begins what is not ${NAME}, ${NAME:-other} or ${NAME-other}. "
                "Write one of these, or put the value into single quotes.",
            )
            for value in ("${}", "${A", "${A:-${A}}", "${A:?why}", "${A:+b}", '"${1}"', "${A B}")
        ),
        ("A=\udcff", "'.env' is not UTF-8 (line 1). Save it as UTF-8."),
    ],
)
def test_a_line_that_says_something_else_is_told(read, text, said):
    with pytest.raises(BuildError) as caught:
        read(text)
    assert str(caught.value) == said


def test_a_missing_file_is_told_unless_there_may_be_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BuildError) as caught:
        dotenv(".env")
    assert str(caught.value) == (
        "there is no '.env'. Create it, or say in dodo.py that there may be none: dotenv('…', optional=True)."
    )
    assert dotenv(".env", optional=True) == {}
    (tmp_path / "folder").mkdir()
    with pytest.raises(BuildError, match="cannot read 'folder'"):
        dotenv("folder", optional=True)
