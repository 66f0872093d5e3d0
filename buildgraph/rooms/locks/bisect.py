"""Bisect: the largest set of upgrades that passes a test, in few runs of it. Pure but for the test that it is given.

Theory of operation. Upgrades that force each other are one atom. The atoms stand in a line in which each comes after those
that it forces, so every beginning of the line is consistent; among those that may come next, the less risky comes
first. If the whole line fails and nothing of it passes, halving finds two neighbouring beginnings of which the shorter
passes and the longer fails: their difference, one atom, is a culprit. It is held back with all that force it, the
shorter beginning is known to be good, and what is left is tested as a whole: it passes, or the search goes on after the
good beginning. One culprit among n atoms costs log2(n) + 3 runs, each further one at most log2(n) + 1.

The result was tested as a whole, whatever the test does. It is maximal if the test is deterministic and no upgrade
repairs what another breaks: an atom that failed together with a part of the result fails with all of it. Of two upgrades that
break only together the later, riskier one is held.

What lost: splitting by probability rather than by count (bench/locks/upgrades.py: more runs unless the guess about the risks
is right), delta debugging (its complements are not closed, and it needs more runs for one culprit).
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Atom = frozenset[str]


@dataclass(frozen=True)
class Outcome:
    """What passes, and what does not: each culprit is an atom that failed together with what passes."""

    taken: frozenset[str]
    culprits: tuple[Atom, ...] = ()
    held: frozenset[str] = frozenset()  # the culprits and all that force them
    is_broken_before: bool = False  # the test fails without any upgrade


def search(
    forces: Mapping[str, frozenset[str]],
    risk: Callable[[str], float],
    passes: Callable[[frozenset[str]], bool],
) -> Outcome:
    """Return the upgrades (the names of `forces`) that pass together; `passes` runs the test with some of them."""
    line = atoms(forces, risk)
    everything = frozenset(forces)
    if passes(everything):
        return Outcome(everything)
    if not passes(frozenset()):
        return Outcome(frozenset(), is_broken_before=True)
    good, culprits = 0, []  # the first `good` atoms of the line pass
    while True:
        good = _last_good(line, good, passes)
        culprit = line[good]
        culprits.append(culprit)
        line = [atom for atom in line if not culprit <= _with_forced(atom, forces)]
        left = _union(line)
        if good == len(line) or passes(left):
            return Outcome(left, tuple(culprits), everything - left)


def atoms(forces: Mapping[str, frozenset[str]], risk: Callable[[str], float]) -> list[Atom]:
    """Return the atoms in a line: each after all that it forces, the least risky of those that may come first."""
    atom_of = {
        name: frozenset({name, *(other for other in forced if name in forces[other])})
        for name, forced in forces.items()
    }
    found = set(atom_of.values())
    waits = {atom: {atom_of[other] for name in atom for other in forces[name]} - {atom} for atom in found}
    followers: dict[Atom, list[Atom]] = {atom: [] for atom in found}
    for atom, others in waits.items():
        for other in others:
            followers[other].append(atom)
    ready = [_key(atom, risk) for atom in found if not waits[atom]]
    heapq.heapify(ready)
    line = []
    while ready:
        atom = frozenset(heapq.heappop(ready)[1])
        line.append(atom)
        for follower in followers[atom]:
            waits[follower].discard(atom)
            if not waits[follower]:
                heapq.heappush(ready, _key(follower, risk))
    return line


def _key(atom: Atom, risk: Callable[[str], float]) -> tuple[float, tuple[str, ...]]:
    return max(map(risk, atom)), tuple(sorted(atom))


def _last_good(line: list[Atom], good: int, passes: Callable[[frozenset[str]], bool]) -> int:
    """Return how many atoms of the line pass such that one more fails; `good` of them pass, and all fail."""
    bad = len(line)
    while bad - good > 1:
        middle = (good + bad) // 2
        if passes(_union(line[:middle])):
            good = middle
        else:
            bad = middle
    return good


def _with_forced(atom: Atom, forces: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return _union([atom, *(forces[name] for name in atom)])


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
