"""Each case that others have found has the tests that the table names."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "design" / "faults.md"


def cases() -> list[tuple[str, str, str]]:
    """Return case, file and test of each that the table names."""
    section = PAGE.read_text(encoding="utf-8").partition("## Cases of others")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")][2:]
    return [
        (case.strip(), file.strip("` "), name)
        for case, file, names in rows
        for name in re.findall("`(.*?)`", names)
    ]


@pytest.mark.parametrize(("case", "file", "name"), cases())
def test_each_case_has_its_tests(case: str, file: str, name: str):
    assert f"\ndef {name}(" in (TESTS / file).read_text(encoding="utf-8")
