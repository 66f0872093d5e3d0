"""The holds' file: what is written is read back, and what cannot be read is named."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildgraph.errors import BuildError
from buildgraph.rooms.locks import holds
from buildgraph.rooms.locks.holds import Hold

HOLD = Hold(
    "web", "2.0", "FAILED test_web.py::test_it - assert 'a' == \"b\"", date(2026, 1, 31), date(2026, 3, 2)
)


def test_what_is_written_is_read_back(project):
    other = Hold("app", "3.0", "", date(2026, 1, 1), date(2026, 1, 2))
    Path("holds.toml").write_text(holds.render([HOLD, other]))

    assert holds.read("holds.toml") == (other, HOLD)


@pytest.mark.slow
@given(st.text())
def test_any_reason_can_be_written(reason):
    hold = Hold("web", "2.0", reason, HOLD.since, HOLD.until)

    read = tomllib.loads(holds.render([hold]).encode("utf-8").decode("utf-8"))["hold"][0]["reason"]

    assert read == "".join(letter for letter in reason if letter.isprintable())


def test_a_hold_counts_until_its_day():
    assert holds.active([HOLD], date(2026, 3, 1)) == (HOLD,)
    assert holds.active([HOLD], date(2026, 3, 2)) == ()


def test_no_file_holds_nothing(project):
    assert holds.read("holds.toml") == ()
    assert holds.render([]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "[[hold",
        "hold = 3",
        "hold = [3]",
        "[[hold]]\nname = 'web'",
        holds.render([HOLD]).replace("2026-03-02", "'soon'"),
        holds.render([HOLD]).replace('"2.0"', "2.0"),
        holds.render([HOLD]).replace('"2.0"', '"newest"'),
        holds.render([HOLD]).replace('"web"', '"-r x"'),
        holds.render([HOLD]) + "forever = true\n",
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_an_entry_is(project, text):
    Path("holds.toml").write_text(text)

    with pytest.raises(
        BuildError, match=r"^holds\.toml: it cannot be read: .* An entry is: \[\[hold\]\], name = "
    ):
        holds.read("holds.toml")
