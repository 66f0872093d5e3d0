"""What processes are said not to read is taken out of what their tests depend on, and nothing else is."""

import pytest

from buildgraph.impact.unread import is_unread, rules_of, unread_by

RULES = rules_of(["tests/a: app/ static", "tests/a/deep: app", "tests/b:other"])


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("test:tests/a/test_x.py::test_y[c:d]", "app static"),
        ("fix:tests/a::server[0]@", "app static"),
        ("mod:tests/a/conftest.py", "app static"),
        ("test:tests/a/deep/test_x.py::test_y", "app"),
        ("test:tests/ab/test_x.py::test_y", ""),
        ("test:tests/b/test_x.py::test_y", "other"),
        ("session", ""),
    ],
)
def test_the_nearest_folder_of_tests_counts(label: str, key: str):
    assert unread_by(label, RULES) == key


def test_a_folder_is_not_another_one_that_begins_alike():
    assert is_unread("app/x.py", "app static")
    assert is_unread("static", "app static")
    assert not is_unread("apple/x.py", "app static")
    assert not is_unread("app.py", "app static")


@pytest.mark.parametrize("line", ["tests/a", "tests/a:", ": app"])
def test_a_line_that_says_nothing_is_refused(line: str):
    with pytest.raises(ValueError, match="impact_unread"):
        rules_of([line])
