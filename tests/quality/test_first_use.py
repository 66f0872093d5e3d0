"""What people read first is true: the page on first use names tests that exist, the help options that there are."""

import re
import subprocess
import sys
from pathlib import Path

from buildgraph.impact.explained import EXPLAINED

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/design/first-use.md"


def test_every_test_that_the_page_names_is_there():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE.read_text("utf-8"))

    assert len(named) > 30
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (TESTS / file).is_file() or f"def {name}(" not in (TESTS / file).read_text("utf-8")
    ]
    assert missing == []


def test_the_help_of_the_tests_names_options_that_there_are():
    words = [sys.executable, "-m", "pytest", "-p", "buildgraph.impact", "--help"]
    known = subprocess.run(words, cwd=TESTS.parent, capture_output=True, text=True, check=True).stdout
    for option in re.findall(r"(?<![\w-])--?\w[\w-]*", " ".join(EXPLAINED)):
        assert re.search(rf"^ +(?:-\w, )?(?:--\S+, )*{option}\b", known, re.M), option
