"""Which Pythons a repository admits, as `packaging` has it."""

from __future__ import annotations

import itertools

import pytest
from packaging.specifiers import SpecifierSet

from buildgraph.errors import BuildError
from buildgraph.init.pythons import PYTHONS, admitted, as_standard

CLAUSES = (
    *(
        "==3.12.*",
        "== 3.12.*",
        "~=3.11",
        "~=3.12.2",
        "!=3.12.*",
        "!=3.12.3",
        "!= 3.13.0",
        ">3.11",
        ">3.12.4",
        ">=3.11",
    ),
    *(
        ">=3.12",
        ">=3.12.1",
        "<3.13",
        "<=3.13",
        "<3.13.2",
        "<=3.12.7",
        "<4",
        "<4.0",
        ">=3",
        "==3.*",
        "===3.12.1",
        "==3.12",
    ),
    *(">=3.13.0rc1", "<3.14.0a1", ">=3.14.0b1", "<3.14.0.dev0", "~=3.9", ">=2.7", "!=3.0.*", ">v3.12"),
)


def by_packaging(said: str) -> tuple[str, ...]:
    releases = SpecifierSet(said)
    return tuple(
        each for each in PYTHONS if any(releases.contains(f"{each}.{patch}") for patch in range(100))
    )


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_admitted_is_what_packaging_admits(tmp_path, count):
    asked = [",".join(each) for each in itertools.product(CLAUSES, repeat=count)]
    for said in asked:
        expected = by_packaging(said)
        try:
            assert admitted(said, tmp_path) == expected, said
        except BuildError:
            assert expected == (), said
    assert len({by_packaging(each) for each in asked}) >= 6


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", PYTHONS),
        ("==3.12.*", ("3.12",)),
        ("~=3.11", PYTHONS),
        ("!=3.12.*", ("3.11", "3.13", "3.14")),
        (">3.11", PYTHONS),
        (">3.11,!=3.12.*,<3.14", ("3.11", "3.13")),
        (" >=3.12 , <4, ", ("3.12", "3.13", "3.14")),
    ],
)
def test_common_forms(tmp_path, said, expected):
    assert admitted(said, tmp_path) == expected


@pytest.mark.parametrize("said", ["3.12", "=>3.12", ">=3.11 <4", "^3.11", ">=3.11.*", ">=x", "~3.11"])
def test_what_is_not_read_is_told(tmp_path, said):
    with pytest.raises(BuildError) as caught:
        admitted(f"{said},<4", tmp_path)
    assert str(caught.value) == (
        f"pyproject.toml: requires-python is '{said},<4', of which '{said}' cannot be read. "
        "Write it as PEP 440 says: '>=3.11,<3.14'."
    )


def test_a_pinned_version_counts_if_it_is_admitted(tmp_path):
    (tmp_path / ".python-version").write_text("3.12.4\n")
    assert admitted(">=3.11", tmp_path) == ("3.12",)
    assert admitted(">=3.13", tmp_path) == ("3.13", "3.14")


@pytest.mark.parametrize(
    ("poetrys", "standard"),
    [
        ("^3.11", ">=3.11,<4"),
        ("~3.11", ">=3.11,<3.12"),
        ("~3", ">=3,<4"),
        ("^3.11.2,<3.14", ">=3.11.2,<4,<3.14"),
        ("~3.11.2", ">=3.11.2,<3.12"),
        ("*", ""),
        ("3.12.*", "==3.12.*"),
        (">=3.11,!=3.12.*", ">=3.11,!=3.12.*"),
        ("~=3.11", "~=3.11"),
    ],
)
def test_poetrys_words_are_read(poetrys, standard):
    assert as_standard(poetrys) == standard
