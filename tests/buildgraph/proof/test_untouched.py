"""Which tasks a certificate that holds no more still proves fresh."""

from __future__ import annotations

import pytest

from buildgraph.decide.schedule import Schedule
from buildgraph.proof.untouched import index, untouched
from buildgraph.rules.values import Rule

GRAPH = {"a": [], "b": ["a"], "c": [], "all": ["b", "c"]}
ORDERED = ["a", "b", "c", "all"]
RULES = {
    "a": Rule(("bin/a",), inputs=("src/a",), outputs=("out/a",), tools=("tool",)),
    "b": Rule(("bin/b",), inputs=("out/a",), outputs=("out/b",)),
    "c": Rule(("bin/c",), inputs=("src/c",), outputs=("out/c",)),
}


@pytest.mark.parametrize(
    ("moved", "fresh"),
    [
        (set(), {"a", "b", "c", "all"}),
        ({"elsewhere"}, {"a", "b", "c", "all"}),
        ({"src/a"}, {"c"}),
        ({"out/a"}, {"c"}),
        ({"tool"}, {"c"}),
        ({"bin/b"}, {"a", "c"}),
        ({"src/c"}, {"a", "b"}),
        ({"src/a", "out/c"}, set()),
    ],
)
def test_what_follows_a_moved_path_is_looked_at(moved, fresh):
    assert untouched(ORDERED, GRAPH, index(RULES), moved) == fresh


@pytest.mark.parametrize(
    "rule",
    [
        Rule(("bin/c",), inputs=("/src/*.c",)),
        Rule(("bin/c",), inputs=("src/",)),
        Rule(("bin/c",), outputs=("out/",)),
        Rule(("bin/c",), outputs=("/out/*",)),
        Rule(("bin/c",), outputs=("out/c",), discovers="out/c"),
        Rule(("bin/c",), inherit=("FLAVOUR",)),
        Rule(("bin/c",), options=("level",)),
        Rule(("bin/c",), arguments=True),
        Rule(("bin/c",), always=True),
        Rule(("bin/c",), foreground=True),
    ],
)
def test_a_task_of_more_than_exact_paths_is_always_looked_at(rule):
    assert untouched(ORDERED, GRAPH, index({**RULES, "c": rule}), set()) == {"a", "b"}


def test_a_schedule_gives_only_what_is_not_fresh():
    schedule = Schedule(GRAPH, ORDERED, {}, lambda name: None, {"a", "c"})

    taken = []
    while schedule.has_ready:
        taken.append(schedule.take())
        schedule.end(taken[-1])

    assert taken == ["b", "all"]
    assert schedule.is_whole
