"""Orders, cycles, urgencies and edges, on graphs of any depth."""

from __future__ import annotations

import pytest

from buildgraph.decide.edges import Producers
from buildgraph.decide.graph import longest_path, order, urgencies
from buildgraph.errors import BuildError
from buildgraph.rules.values import Rule

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": []}


def test_dependencies_come_first_and_only_what_is_selected_needs():
    ordered, cycle = order(DIAMOND, ["d"])
    assert not cycle
    assert sorted(ordered) == ["a", "b", "c", "d"]
    assert ordered.index("a") < ordered.index("b") < ordered.index("d")


def test_cycle_is_given_whole():
    assert order({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]}, ["a"])[1] == ["b", "c", "d", "b"]
    assert order({"a": ["a"]}, ["a"])[1] == ["a", "a"]


def test_chain_of_100_000_needs_no_recursion():
    chain = {str(number): [str(number + 1)] for number in range(100_000)} | {"100000": []}
    ordered, cycle = order(chain, ["0"])
    assert not cycle
    assert ordered[0] == "100000"
    assert urgencies(chain, ordered, {})["100000"] == 100_001.0
    assert len(longest_path(chain, ordered, dict.fromkeys(chain, 1.0))) == 100_001


def test_longest_path_decides_what_is_urgent():
    found = urgencies(DIAMOND, ["a", "b", "c", "d"], {"a": 1.0, "b": 5.0, "c": 2.0, "d": 1.0})
    assert found == {"a": 7.0, "b": 6.0, "c": 3.0, "d": 1.0}
    assert longest_path(DIAMOND, ["a", "b", "c", "d"], {"a": 1.0, "b": 5.0, "c": 2.0, "d": 1.0}) == [
        "a",
        "b",
        "d",
    ]


def made(outputs, inputs=()) -> Rule:
    return Rule(command=("python",), inputs=tuple(inputs), outputs=tuple(outputs))


def test_input_comes_after_the_file_tree_or_pattern_that_makes_it():
    rules = {
        "file": made(["out/a"]),
        "tree": made(["dist/"]),
        "places": made(["/.venv/lib/*/RECORD"]),
        "reads": made(["x"], ["dist/deep/b", "out/a", ".venv/lib/doit/RECORD", "source"]),
    }
    assert Producers(rules).before("reads", rules["reads"]) == ["tree", "file", "places"]


def test_pattern_comes_after_what_it_covers_and_not_after_itself():
    rules = {
        "css": made(["static/dist/css/"]),
        "one": made(["static/one.js"]),
        "two": made(["other/two.js"]),
        "all": made(["static/all.js"], ["/static/**/*.js"]),
    }
    assert sorted(Producers(rules).before("all", rules["all"])) == ["css", "one"]


def test_command_and_tools_come_after_what_makes_them():
    rules = {"make": made(["bin/tool", "tool.py"]), "use": Rule(command=("bin/tool",), outputs=("x",))}
    assert Producers(rules).before("use", rules["use"]) == ["make"]
    rules["use"] = Rule(command=("python",), tools=("tool.py",), outputs=("x",))
    assert Producers(rules).before("use", rules["use"]) == ["make"]


def test_two_producers_are_refused():
    with pytest.raises(BuildError, match="'x' is made by two tasks, 'one' and 'two'"):
        Producers({"one": made(["x"]), "two": made(["x"])})


def test_aggregate_over_many_is_not_quadratic():
    count = 20_000
    rules = {str(number): made([f"out/{number}"]) for number in range(count)}
    rules["all"] = made(["all"], [f"out/{number}" for number in range(count)])
    assert len(Producers(rules).before("all", rules["all"])) == count


@pytest.mark.parametrize(
    ("pattern", "is_after"),
    [
        ("/docs/*.md", False),
        ("/*.md", False),
        ("/docs/*/*.md", False),
        ("/docs/*/html/*.md", True),
        ("/docs/**/*.md", True),
        ("/docs/_build/html/*", True),
        ("docs/", True),
    ],
)
def test_pattern_that_does_not_reach_into_a_tree_does_not_wait_for_it(pattern, is_after):
    producers = Producers({"docs": Rule(("python",), outputs=("docs/_build/html/",))})
    assert producers.before("test", Rule(("python",), inputs=(pattern,))) == (["docs"] if is_after else [])
