"""Selection: the part of an upgrade that passes the project's tests, found by `bisect` with runs of a `trial`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from buildgraph.errors import BuildError

from . import Locks, Trial
from .bisect import search
from .closure import Pin
from .holds import Hold
from .implications import Forces, mixed
from .resolve import Resolution, serve_everywhere
from .sources import Source
from .status import derive
from .trial import Result, room, run
from .upgrade import level

# The order in which upgrades are suspected: what the version says of its own risk first, then how near it is to our code.
LEVELS = {"patch": 0, "minor": 2, "back": 2, "major": 4, "other": 4}
IS_DIRECT = 1
WAS_HELD = 8


@dataclass(frozen=True)
class Selection:
    """What passes the tests together, the releases that failed, and for each upgrade left out because of them, which."""

    resolution: Resolution
    holds: tuple[Hold, ...] = ()
    stays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Tester:
    """Runs the tests with some of the upgrades, and keeps what each run said."""

    locks: Locks
    sources: tuple[Source, ...]
    old: Resolution
    new: Resolution
    trial: Trial
    total: int
    timeout_seconds: float | None = None
    results: dict[frozenset[str], Result] = field(default_factory=dict)

    def passes(self, taken: frozenset[str]) -> bool:
        """Tell whether the tests pass with these upgrades and the old releases of everything else."""
        chosen = mix(self.locks, self.sources, self.old, self.new, taken)
        files, _ = derive(self.locks, self.sources, chosen.entries, chosen.pins)
        number = len(self.results) + 1
        print(f"test run {number}, with {len(taken)} of {self.total} upgrades: ", end="", flush=True)
        result = run(self.trial, files, number, self.timeout_seconds)
        print(f"{result.failure or 'passed'} ({result.seconds:.0f} s)", flush=True)
        self.results[taken] = result
        return not result.failure

    def reason(self, culprit: frozenset[str]) -> str:
        """Return what failed in the smallest set with a culprit: its last member is the culprit itself."""
        failed = [taken for taken, result in self.results.items() if result.failure and culprit <= taken]
        return self.results[min(failed, key=len)].failure


def select(
    tester: Tester, forces: Forces, directs: frozenset[str], held: frozenset[str], until: tuple[date, date]
) -> Selection:
    """Find what passes; raise if the old pins fail.

    `directs` are named by inputs, `held` were held back before; `until` is the first and the last day of a hold.
    """
    old, new = tester.old.pins, tester.new.pins
    with room():
        outcome = search(forces, risk_of(old, new, directs, held), tester.passes)
    if outcome.is_broken_before:
        result = tester.results[frozenset()]
        raise BuildError(
            f"the tests also fail without any upgrade: {result.failure.rstrip('.')}",
            result.log,
            "Make them pass, then upgrade; no lock was changed.",
        )
    if not outcome.culprits:
        return Selection(tester.new)
    holds = tuple(
        Hold(name, new[name].version, tester.reason(culprit), *until)
        for culprit in outcome.culprits
        for name in sorted(culprit)
        if old[name].version != new[name].version
    )
    culprits = frozenset().union(*outcome.culprits)
    stays = {name: tuple(sorted(forces[name] & culprits)) for name in sorted(outcome.held - culprits)}
    resolution = mix(tester.locks, tester.sources, tester.old, tester.new, outcome.taken)
    return Selection(resolution, holds, stays)


def risk_of(
    old: Mapping[str, Pin], new: Mapping[str, Pin], directs: frozenset[str], held: frozenset[str]
) -> Callable[[str], float]:
    """Return how much each upgrade is suspected compared with the others."""

    def risk(name: str) -> float:
        known = IS_DIRECT * (name in directs) + WAS_HELD * (name in held)
        return LEVELS[level(old[name].version, new[name].version)] + known

    return risk


def mix(
    locks: Locks, sources: tuple[Source, ...], old: Resolution, new: Resolution, taken: frozenset[str]
) -> Resolution:
    """Return the new releases of what is taken with the old ones of the rest, as far as something needs them."""
    entries = mixed(old.entries, new.entries, taken)
    pins, unmet, _ = serve_everywhere(locks, sources, mixed(old.pins, new.pins, taken), entries)
    if unmet:
        raise AssertionError(f"{sorted(taken)} is not closed: {unmet} is missing")
    return Resolution({name: entries[name] for name in pins}, pins, new.about)
