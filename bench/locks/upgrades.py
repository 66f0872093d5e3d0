"""Count the test runs until one bad upgrade, or two, among a recorded real set of them is found and held back.

    python bench/locks/upgrades.py        (in the tools environment; the set: record_upgrades.py)

Every atom in turn is the culprit; then pairs drawn at random, of two culprits and of two that break only together. A run counts
whatever it is for: the first that fails, that of the old pins, and the last that confirms what is locked. `by probability`
is the alternative that lost: the line is halved by the guessed weight of what is left and not by its length. Each result is
checked to pass and to be maximal.
"""

import json
import random
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from machine import machine, write_result  # noqa: E402
from packaging.utils import canonicalize_name  # noqa: E402

from buildgraph.rooms.locks import bisect  # noqa: E402
from buildgraph.rooms.locks.closure import Closure, Pin, closure, parse  # noqa: E402
from buildgraph.rooms.locks.environments import Environments  # noqa: E402
from buildgraph.rooms.locks.implications import forces, mixed, resolved  # noqa: E402
from buildgraph.rooms.locks.selection import risk_of  # noqa: E402
from buildgraph.rooms.locks.upgrade import level  # noqa: E402

PAIRS = 2000
WEIGHTS = {"patch": 1, "minor": 2, "back": 2, "major": 4, "other": 4}  # a guess, as any would be

Names = frozenset[str]


def main() -> None:
    """Simulate and write the figures."""
    recorded = json.loads((HERE / "recorded_upgrades.json").read_text(encoding="utf-8"))
    old, new = (
        {name: Pin(name, version, tuple(requires)) for name, (version, requires) in pins.items()}
        for pins in recorded["days"].values()
    )
    environments = Environments((recorded["python"],))
    ends = (resolved(recorded["roots"], each, environments) for each in (old, new))
    forced = forces(*ends, environments)
    directs = frozenset(canonicalize_name(parse(root).name) for root in recorded["roots"])
    risk = risk_of(old, new, directs, frozenset())
    line = bisect.atoms(forced, risk)
    levels = {name: level(old[name].version, new[name].version) for name in forced}
    weight = {atom: max(WEIGHTS[levels[name]] for name in atom) for atom in line}
    check_mixes(old, new, forced, recorded["roots"], environments)

    chance = random.Random(4)
    pairs = [frozenset(chance.sample(range(len(line)), 2)) for _ in range(PAIRS)]
    guessed = [frozenset([at]) for at in chance.choices(range(len(line)), [weight[a] for a in line], k=PAIRS)]

    def figures(culprits: Iterable[Iterable[Names]]) -> dict[str, float]:
        return summary([count(forced, risk, bad) for bad in culprits])

    def both_ways(name: str, culprits: list[list[Names]]) -> dict[str, object]:
        by_count = figures(culprits)
        with_weights = bisect._last_good
        bisect._last_good = by_weight(weight)
        try:
            return {name: by_count, f"{name}, by probability": figures(culprits)}
        finally:
            bisect._last_good = with_weights

    singles = [[atom] for atom in line]
    result = {
        "machine": machine(),
        "upgrades": len(forced),
        "packages": len({*old, *new}),
        "atoms": len(line),
        "upgrades that force others": sum(bool(others) for others in forced.values()),
        "levels": {name: list(levels.values()).count(name) for name in WEIGHTS if name in levels.values()},
        **both_ways("one culprit, each atom in turn", singles),
        **both_ways("one culprit, drawn by the guessed risk", [[line[at]] for (at,) in map(tuple, guessed)]),
        "two culprits": figures([line[at] for at in pair] for pair in pairs),
        "two that break only together": figures(
            [frozenset().union(*(line[at] for at in pair))] for pair in pairs
        ),
    }
    write_result(__file__, result)


def count(forced: dict[str, Names], risk: Callable[[str], float], bad: Iterable[Names]) -> int:
    """Return the runs of one search in which each set of `bad` breaks the tests; raise if its result is not right."""
    bad, runs = list(bad), 0

    def is_good(taken: Names) -> bool:
        return not any(culprit <= taken for culprit in bad)

    def passes(taken: Names) -> bool:
        nonlocal runs
        runs += 1
        return is_good(taken)

    outcome = bisect.search(forced, risk, passes)
    assert is_good(outcome.taken)
    assert not any(is_good(outcome.taken | {name} | forced[name]) for name in outcome.held)
    return runs


def summary(runs: list[int]) -> dict[str, float]:
    """Return the mean and the worst of some counts."""
    return {"searches": len(runs), "runs on average": round(statistics.mean(runs), 2), "worst": max(runs)}


def by_weight(weight: dict[Names, int]) -> Callable[..., int]:
    """Return a search for the last good beginning of a line that halves what is left by its weight."""

    def last_good(line: list[Names], good: int, passes: Callable[[Names], bool]) -> int:
        bad = len(line)
        while bad - good > 1:
            half, middle = sum(weight[atom] for atom in line[good:bad]) / 2, good
            while middle < bad - 1 and half > 0:
                half -= weight[line[middle]]
                middle += 1
            middle = max(middle, good + 1)
            if passes(frozenset().union(*line[:middle])):
                good = middle
            else:
                bad = middle
        return good

    return last_good


def unpinned(found: Closure, pins: dict[str, Pin]) -> set[str]:
    """Return what is asked for and has no pin."""
    return {asked.name for asked in found.asked if asked.name not in pins}


def check_mixes(
    old: dict[str, Pin],
    new: dict[str, Pin],
    forced: dict[str, Names],
    roots: list[str],
    environments: Environments,
) -> None:
    """Raise unless 300 random mixes, closed under what they force, have every requirement met."""
    chance = random.Random(7)
    # The set was resolved for one platform: what only another needs is missing at both ends.
    elsewhere = {name for end in (old, new) for name in unpinned(closure(roots, end, environments), end)}
    for _ in range(300):
        wish = set(chance.sample(sorted(forced), chance.randrange(len(forced))))
        taken = wish.union(*(forced[name] for name in wish))
        side = resolved(roots, mixed(old, new, taken), environments)
        found = closure(roots, side.pins, environments)
        assert unpinned(found, side.pins) <= elsewhere
        for name in found.needed:
            for text in side.pins[name].requires:
                requirement = parse(text)
                if requirement.marker and not environments.where(str(requirement.marker), ""):
                    continue
                assert canonicalize_name(requirement.name) in elsewhere or side.takes(requirement), (
                    name,
                    text,
                )


if __name__ == "__main__":
    main()
