"""The graph: which tasks a selection needs, whether it has a cycle, and which work is most urgent.

A graph is a mapping from a task's name to the names that it depends on. Nothing recurses: a chain may be any
length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
NEVER = float("inf")


def order(graph: Graph, selected: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the selection's closure, dependencies first, and a cycle if there is one (its first name again at the end)."""
    is_open: dict[str, bool] = {}
    ordered: list[str] = []
    for start in selected:
        if start in is_open:
            continue
        if not graph[start]:
            is_open[start] = False
            ordered.append(start)
            continue
        is_open[start] = True
        path, iterators = [start], [iter(graph[start])]
        while path:
            for dependency in iterators[-1]:
                state = is_open.get(dependency)
                if state:
                    return ordered, [*path[path.index(dependency) :], dependency]
                if state is None:
                    is_open[dependency] = True
                    path.append(dependency)
                    iterators.append(iter(graph[dependency]))
                    break
            else:
                name = path.pop()
                iterators.pop()
                is_open[name] = False
                ordered.append(name)
    return ordered, []


def urgencies(
    graph: Graph, ordered: Sequence[str], seconds: Mapping[str, float], default: float = 1.0
) -> dict[str, float]:
    """Return for each task the length in seconds of the longest path that starts with it and leads to the end.

    Dependencies that are not among the `ordered` tasks are left out, here and in `longest_path`.
    """
    found = {name: seconds.get(name, default) for name in ordered}
    longest = dict.fromkeys(ordered, 0.0)
    for name in reversed(ordered):
        found[name] += longest[name]
        for dependency in graph[name]:
            if found[name] > longest.get(dependency, NEVER):
                longest[dependency] = found[name]
    return found


def longest_path(graph: Graph, ordered: Sequence[str], seconds: Mapping[str, float]) -> list[str]:
    """Return the path whose tasks, which ran for `seconds`, took longest together; tasks that did not run are left out."""
    if not seconds:
        return []
    total: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for name in ordered:
        latest = max(filter(total.__contains__, graph[name]), key=total.__getitem__, default=None)
        before[name] = latest
        total[name] = seconds.get(name, 0.0) + (0.0 if latest is None else total[latest])
    last = max(total, key=total.__getitem__, default=None)
    path = []
    while last is not None:
        if last in seconds:
            path.append(last)
        last = before[last]
    return path[::-1]
