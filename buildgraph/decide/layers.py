"""Layers: where each task of a graph stands on a page, dependencies to the left.

A task's column is the length of the longest chain that leads to it; inside a column tasks are ordered by the
mean place of what they depend on (one sweep of Sugiyama's barycentre heuristic), which keeps most edges short
at the cost of one pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildgraph.decide.graph import Graph


def positions(graph: Graph, ordered: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return task → (column, row); `ordered` has dependencies first."""
    column: dict[str, int] = {}
    columns: dict[int, list[str]] = {}
    for name in ordered:
        column[name] = 1 + max((column[before] for before in graph[name]), default=-1)
        columns.setdefault(column[name], []).append(name)
    row: dict[str, float] = {}
    for number in sorted(columns):
        members = columns[number]
        means = {
            name: _mean([row[before] for before in graph[name]], place) for place, name in enumerate(members)
        }
        for place, name in enumerate(sorted(members, key=means.__getitem__)):
            row[name] = place
    return {name: (column[name], int(row[name])) for name in ordered}


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
