"""One language: phrases that a native writer would not use stay out of sources and pages; docs/design/house.md has the glossary."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [ROOT / "dodo.py", *sorted((ROOT / "buildgraph").rglob("*.py"))]
PAGES = [
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "README.md")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]
PHRASES = [
    # what is looked for, an example, what to write
    (r"(?<!here )\b(is|are) no (?!longer|more|less|greater|such)\w", "'x' is no path", "is not a path"),
    (r"(?<!here )\bis none\b", "a socket is none", "is not one"),
    (r"\b(has|have|had) not(?=[.,;:\"])", "which Windows has not.", "does not have"),
    (r"\b(is|are|not) as (it was|they were)\b", "the file is as it was", "is unchanged"),
    (r"\b[Ww]hoever\b", "whoever reads it", "the reader; a task that reads it"),
    (r"\bnobody's\b", "the file is nobody's", "no task owns the file"),
    (r"\bwhat is said\b", "what is said at the end", "the closing line; the message"),
    (r"\bruns? behind\b", "a task that runs behind", "runs in the background"),
    (
        r"(?<![-.=\w\"'`])[Bb]eside (?=[a-z`\d])",
        "what it has beside files",
        "besides; next to; alongside; against",
    ),
]


@cache
def words() -> tuple[tuple[str, str], ...]:
    return tuple(_words())


def _words() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of what is written for people: comments, texts and docstrings of code, lines of pages."""
    prose = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for path in CODE:
        with tokenize.open(path) as file:
            for token in tokenize.generate_tokens(file.readline):
                if token.type in prose:
                    yield f"{path.relative_to(ROOT).as_posix()}:{token.start[0]}", token.string
    for path in PAGES:
        if path.name != "house.md":
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{path.relative_to(ROOT).as_posix()}:{number}", line


@pytest.mark.parametrize(
    ("pattern", "example", "instead"), PHRASES, ids=[example for _, example, _ in PHRASES]
)
def test_people_read_plain_english(pattern, example, instead):
    assert re.search(pattern, example)
    found = [(place, match[0]) for place, text in words() if (match := re.search(pattern, text))]
    assert found == [], f"write: {instead}"


def test_a_place_is_a_file_a_line_and_a_column_alone():
    """Paths through links are `RealPaths`; whose a path is stands in `paths.py`."""
    assert [path.relative_to(ROOT).as_posix() for path in CODE if path.name == "places.py"] == [
        "buildgraph/running/places.py"
    ]
