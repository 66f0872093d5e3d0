"""What a run of tasks says, as lines of the console."""

from buildgraph.serve.builds import LONG_SECONDS, Builds


def told(cause: str, lines: list[str], seconds: float = 0.1, is_known: bool = False) -> list[str]:
    builds = Builds(cause)
    found = [each for line in lines for each in builds.heard(line, seconds)]
    return [text for text, _ in (*found, *builds.over(seconds, is_known))]


def test_a_save_is_one_line_with_the_file_and_what_became_of_it():
    lines = ["made    style  0.30 s", "made    dist  0.10 s", "style, dist: 2 ran, 15 reused in 0.40 s"]
    assert told("a.scss", lines) == ["a.scss saved: 2 tasks, 0.1 s"]
    assert told("a.scss", lines[:1]) == ["a.scss saved: 1 task, 0.1 s"]
    assert told("", lines[:1]) == ["1 task, 0.1 s"]
    lines = ["cached  style  0.01 s", "style, dist: 0 ran, 1 from the cache, 15 reused in 0.10 s"]
    assert told("a.scss", lines) == ["a.scss saved: 1 task, 0.1 s"]


def test_a_save_that_changes_nothing_says_nothing():
    assert told("a.scss", ["style, dist: up to date"]) == []


def test_what_fails_is_told_with_the_file_that_was_saved():
    lines = [
        "failed  style  0.35 s",
        "  a.scss:3:14: Undefined variable",
        "  | 3 │ .a { color: $nope; }",
        "  to repeat it: doit style",
        "style, dist: 0 ran, 15 reused, 1 failed, 1 not started because of it in 0.40 s",
    ]
    assert told("a.scss", lines) == ["a.scss saved: style failed, 0.35 s", *lines[1:4]]
    builds = Builds("a.scss")
    assert not any(builds.heard(line, 0.1) for line in lines)
    assert [style for _, style in builds.over(0.4)] == ["failed", "heading", "", ""]


def test_the_failure_of_the_run_before_is_one_line():
    lines = ["failed  style  0.35 s", "  a.scss:3:14: Undefined variable"]
    assert told("a.scss", lines, is_known=True) == ["a.scss saved: style failed, 0.35 s, as before"]
    assert told("", lines, is_known=True) == []
    assert Builds("a.mo", is_echo=True).over(0.1, is_known=True) == []
    echo = Builds("a.mo", is_echo=True)
    assert not any(echo.heard(line, 0.1) for line in lines)
    assert echo.over(0.1, is_known=True) == [] and len(echo.over(0.1)) == 2, "another failure is told"


def test_what_takes_long_is_told_as_it_ends():
    assert told("a.in", ["made    locks  2.10 s"], LONG_SECONDS) == [
        "made    locks  2.10 s",
        "a.in saved: 1 task, 2.0 s",
    ]


def test_what_a_command_on_the_terminal_says_is_told():
    assert told("", ["upgraded the database from '1' to '2'"]) == ["upgraded the database from '1' to '2'"]
