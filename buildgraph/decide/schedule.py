"""The schedule: which tasks are ready, and which of them is most urgent."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence, Set

from buildgraph.decide.graph import Graph, urgencies


class Schedule:
    """The tasks of a run, in the order in which they may be taken.

    `front` returns None for a background task, and for one that owns the terminal a number by which such tasks are
    ordered; they are taken when nothing else is left. The `fresh` tasks, which depend on fresh ones only, have ended before
    the run begins, and only the `rest` is scheduled.
    """

    def __init__(
        self,
        graph: Graph,
        ordered: Sequence[str],
        seconds: Mapping[str, float],
        front: Callable[[str], int | None],
        fresh: Set[str] = frozenset(),
    ) -> None:
        self.size = len(ordered)
        self.rest = rest = [name for name in ordered if name not in fresh]
        self.urgency = urgencies(graph, rest, seconds)
        self.position = {name: number for number, name in enumerate(rest)}
        self.front = front
        self.fresh = fresh
        self.ended: set[str] = set(fresh)
        self.waiting: dict[str, int] = {}
        self.dependents: dict[str, list[str]] = {name: [] for name in rest}
        self._ready: list[tuple[float, int, str]] = []
        self._in_front: list[tuple[int, int, str]] = []
        for name in rest:
            before = [each for each in graph[name] if each not in fresh]
            self.waiting[name] = len(before)
            for dependency in before:
                self.dependents[dependency].append(name)
            if not before:
                self._enter(name)

    @property
    def is_whole(self) -> bool:
        """True if every task has ended."""
        return len(self.ended) == self.size

    @property
    def has_ready(self) -> bool:
        """True if a background task can be taken."""
        return bool(self._ready)

    @property
    def has_front(self) -> bool:
        """True if a task that owns the terminal can be taken."""
        return bool(self._in_front)

    def take(self) -> str:
        """Return the ready task with the longest path before it."""
        return heapq.heappop(self._ready)[2]

    def take_front(self) -> str:
        """Return the first task that owns the terminal."""
        return heapq.heappop(self._in_front)[2]

    def end(self, name: str) -> None:
        """Enter that a task is done: those that waited for it alone are ready."""
        self.ended.add(name)
        for dependent in self.dependents[name]:
            self.waiting[dependent] -= 1
            if not self.waiting[dependent]:
                self._enter(dependent)

    def _enter(self, name: str) -> None:
        place = self.front(name)
        if place is None:
            heapq.heappush(self._ready, (-self.urgency[name], self.position[name], name))
        else:
            heapq.heappush(self._in_front, (place, self.position[name], name))
