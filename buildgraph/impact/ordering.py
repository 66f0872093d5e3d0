"""Ordering: what failed runs first, then what is nearest to a change, then what is fastest.

The tests of a file stay together, since they share fixtures: the file that has the nearest test comes first, of those the fastest.
"""

from __future__ import annotations

from collections.abc import Iterable

from .plan import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest


def ordered(items: Iterable[pytest.Item], plan: Plan) -> list[pytest.Item]:
    """Return tests in the order in which they run; new ones are as near as can be."""
    failed = set(plan.failed)
    files: dict[str, list[pytest.Item]] = {}
    first: list[pytest.Item] = []
    rest: list[pytest.Item] = []
    for item in items:
        (first if item.nodeid in failed else rest).append(item)
    for item in rest:
        files.setdefault(_file(item), []).append(item)

    def steps(item: pytest.Item) -> int:
        return plan.steps.get(item.nodeid, 0)

    def key(name: str) -> tuple[int, float]:
        nearest = min(map(steps, files[name]))
        return nearest, sum(plan.seconds.get(item.nodeid, 0) for item in files[name])

    return first + [item for name in sorted(files, key=key) for item in sorted(files[name], key=steps)]


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
