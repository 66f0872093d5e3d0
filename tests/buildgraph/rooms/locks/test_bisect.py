"""The search for culprits: properties over random implications, and the number of runs."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildgraph.rooms.locks.bisect import Outcome, atoms, search
from buildgraph.rooms.locks.closure import Pin
from buildgraph.rooms.locks.environments import Environments
from buildgraph.rooms.locks.implications import forces as find_forces
from buildgraph.rooms.locks.implications import resolved

RECORDED = Path(__file__).parents[4] / "bench" / "locks"


def flat(_: str) -> float:
    return 0


def closed(edges: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    """Return everything that each name forces through others."""
    found = {}
    for start in edges:
        reached, todo = set(), [start]
        while todo:
            for other in edges[todo.pop()] - reached:
                reached.add(other)
                todo.append(other)
        found[start] = frozenset(reached - {start})
    return found


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, frozenset[str]]:
    """Up to twelve upgrades that force each other at random, cycles included."""
    names = [f"p{number}" for number in range(draw(st.integers(1, 12)))]
    pairs = draw(st.sets(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=18))
    return closed({name: {b for a, b in pairs if a == name and b != name} for name in names})


def is_closed(names: frozenset[str], forces: dict[str, frozenset[str]]) -> bool:
    return all(forces[name] <= names for name in names)


@given(graphs(), st.data())
def test_the_result_passes_and_is_maximal_and_every_probe_is_consistent(forces, data):
    names = st.sampled_from(sorted(forces))
    # One culprit is a set of one; an interaction of several is a set of them.
    bad = data.draw(st.lists(st.frozensets(names, min_size=1, max_size=3), max_size=3))
    risks = data.draw(st.dictionaries(names, st.integers(0, 3)))
    probes = []

    def passes(taken: frozenset[str]) -> bool:
        assert is_closed(taken, forces)
        probes.append(taken)
        return not any(culprit <= taken for culprit in bad)

    outcome = search(forces, lambda name: risks.get(name, 0), passes)

    assert not outcome.is_broken_before
    assert passes(outcome.taken)
    assert outcome.taken | outcome.held == set(forces)
    assert not outcome.taken & outcome.held
    for name in outcome.held:
        assert not passes(outcome.taken | {name} | forces[name]), name
    for culprit in outcome.culprits:
        assert culprit <= outcome.held


@given(graphs(), st.data())
def test_whatever_the_tests_do_the_result_is_one_that_passed(forces, data):
    said: dict[frozenset[str], bool] = {}

    def passes(taken: frozenset[str]) -> bool:
        assert is_closed(taken, forces)
        return said.setdefault(taken, data.draw(st.booleans()))

    outcome = search(forces, flat, passes)

    assert outcome.is_broken_before or said[outcome.taken]


@given(graphs(), st.data())
def test_no_set_is_tested_twice(forces, data):
    culprits = data.draw(st.sets(st.sampled_from(sorted(forces)), min_size=1, max_size=3))
    probes: list[frozenset[str]] = []

    def passes(taken: frozenset[str]) -> bool:
        assert taken not in probes
        probes.append(taken)
        return not culprits & taken

    search(forces, flat, passes)


@given(graphs(), st.dictionaries(st.sampled_from([f"p{n}" for n in range(12)]), st.integers(0, 3)))
def test_every_beginning_of_the_line_is_closed(forces, risks):
    line = atoms(forces, lambda name: risks.get(name, 0))

    assert sorted(name for atom in line for name in atom) == sorted(forces)
    for end in range(len(line) + 1):
        assert is_closed(frozenset().union(*line[:end]), forces)


@pytest.mark.parametrize("culprit", [0, 1, 74, 148, 149])
def test_one_culprit_among_150_needs_at_most_eleven_runs(culprit):
    forces = {f"p{number:03}": frozenset() for number in range(150)}
    runs = 0

    def passes(taken: frozenset[str]) -> bool:
        nonlocal runs
        runs += 1
        return f"p{culprit:03}" not in taken

    outcome = search(forces, flat, passes)

    assert outcome.held == {f"p{culprit:03}"}
    assert runs <= math.ceil(math.log2(150)) + 3


def test_one_culprit_in_a_recorded_upgrade_needs_at_most_twelve_runs_on_average():
    recorded = json.loads((RECORDED / "recorded_upgrades.json").read_text(encoding="utf-8"))
    environments = Environments((recorded["python"],))
    ends = [
        {name: Pin(name, version, tuple(lines)) for name, (version, lines) in pins.items()}
        for pins in recorded["days"].values()
    ]
    forces = find_forces(*(resolved(recorded["roots"], end, environments) for end in ends), environments)

    def count(culprit: frozenset[str]) -> int:
        runs: list[frozenset[str]] = []
        search(forces, flat, lambda taken: runs.append(taken) or not culprit <= taken)
        return len(runs)

    counts = [count(atom) for atom in atoms(forces, flat)]
    assert len(forces) == 153
    assert sum(counts) / len(counts) <= 12
    assert max(counts) <= 12


def test_a_good_upgrade_costs_one_run():
    runs = []
    outcome = search(
        {"a": frozenset(), "b": frozenset({"a"})}, flat, lambda taken: runs.append(taken) or True
    )

    assert outcome == Outcome(frozenset({"a", "b"}))
    assert runs == [frozenset({"a", "b"})]


def test_tests_that_fail_before_are_said_to_after_two_runs():
    runs = []
    outcome = search({"a": frozenset()}, flat, lambda taken: runs.append(taken) or False)

    assert outcome.is_broken_before
    assert len(runs) == 2


def test_of_two_that_break_together_the_riskier_is_held():
    forces = {name: frozenset() for name in "abcd"}

    outcome = search(forces, {"a": 3, "b": 0, "c": 1, "d": 0}.get, lambda taken: not {"a", "c"} <= taken)

    assert outcome.culprits == (frozenset("a"),)
    assert outcome.taken == set("bcd")


def test_a_culprit_is_held_with_those_that_force_it_and_no_others():
    forces = closed({"app": {"lib"}, "lib": {"core"}, "core": set(), "other": {"core"}})

    outcome = search(forces, flat, lambda taken: "lib" not in taken)

    assert outcome.culprits == (frozenset({"lib"}),)
    assert outcome.held == {"lib", "app"}
    assert outcome.taken == {"core", "other"}
