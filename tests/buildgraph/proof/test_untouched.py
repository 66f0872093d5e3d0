"""Which tasks a certificate that holds no more still proves fresh."""

from __future__ import annotations

import pytest

from buildgraph.decide.schedule import Schedule
from buildgraph.decide.staleness import Trace
from buildgraph.proof.untouched import Moved, index, touched, untouched
from buildgraph.rules.values import Rule, Run

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
    found = touched({*ORDERED}, RULES, index(RULES), Moved(moved), lambda name: None)
    assert untouched(ORDERED, GRAPH, found) == fresh


@pytest.mark.parametrize(
    "rule", [Rule(("bin/c",), foreground=True), Rule(("bin/c",), always=True), Run(("bin/c",))]
)
def test_a_task_of_outside_state_is_always_looked_at(rule):
    assert touched({"c"}, {"c": rule}, index({"c": rule}), Moved(set()), lambda name: TRACE) == {"c"}


TRACE = Trace(
    identity={"tool": {"lib/t.py": "1"}},
    inputs={"src/deep/c": "1"},
    discovered={"found": "1"},
    folders={"listed": "1"},
    outputs={"out/tree/c": "1"},
)
TRACED = Rule(
    ("bin/c",), inputs=("/src/**/*", "src"), outputs=("out/tree/",), tools=("lib/",), inherit=("V",)
)


@pytest.mark.parametrize(
    ("moved", "is_touched"),
    [
        (Moved(set()), False),
        (Moved({"elsewhere"}, {"", "docs", "out", "listed/below"}, {"W"}), False),
        *(
            (Moved({path}), True)
            for path in ("src/deep/c", "found", "out/tree/c", "lib/t.py", "bin/c", "src")
        ),
        *(
            (Moved(set(), {folder}), True)
            for folder in ("src", "src/new", "out/tree", "out/tree/new", "lib", "listed")
        ),
        (Moved(set(), set(), {"V"}), True),
    ],
)
def test_a_task_with_patterns_is_touched_by_its_trace_its_folders_and_its_variables(moved, is_touched):
    found = touched({"c"}, {"c": TRACED}, index({"c": TRACED}), moved, lambda name: TRACE)
    assert (found == {"c"}) == is_touched


def test_a_task_whose_trace_is_gone_is_touched():
    found = touched({"c"}, {"c": TRACED}, index({"c": TRACED}), Moved({"elsewhere"}), lambda name: None)
    assert found == {"c"}


def test_a_schedule_gives_only_what_is_not_fresh():
    schedule = Schedule(GRAPH, ORDERED, {}, lambda name: None, {"a", "c"})

    taken = []
    while schedule.has_ready:
        taken.append(schedule.take())
        schedule.end(taken[-1])

    assert taken == ["b", "all"]
    assert schedule.is_whole
