"""Pictures of a graph: a page for the browser, SVG and DOT."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape

WIDTH, HEIGHT, GAP_X, GAP_Y = 200, 24, 90, 12
"""Pixels of a box and of the space between boxes; `page.html` has the same."""
COLOURS = {"fresh": "#dafbe1", "stale": "#fff8c5", "always": "#ddf4ff", "group": "#f6f8fa"}


@dataclass(frozen=True)
class Box:
    """One task as a picture shows it; the state is a key of `COLOURS`."""

    name: str
    doc: str
    command: str
    state: str
    why: Sequence[str]
    seconds: float | None
    inputs: Sequence[str]
    outputs: Sequence[str]
    before: Sequence[str]
    column: int
    row: int


def page(boxes: Sequence[Box]) -> str:
    """Return one self-contained HTML page: zoom, search, and what each task is and why it would run."""
    data = json.dumps([asdict(box) for box in boxes]).replace("<", "\\u003c")
    with open(os.path.join(os.path.dirname(__file__), "page.html"), encoding="utf-8") as file:
        return file.read().replace("DATA", data, 1)


def svg(boxes: Sequence[Box]) -> str:
    """Return an SVG image."""
    place = {box.name: (box.column * (WIDTH + GAP_X), box.row * (HEIGHT + GAP_Y)) for box in boxes}
    right = max((x for x, _ in place.values()), default=0) + WIDTH
    low = max((y for _, y in place.values()), default=0) + HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 {right + 20} {low + 20}" font-family="sans-serif" font-size="12">'
    ]
    for box in boxes:
        x, y = place[box.name]
        for name in box.before:
            start, top = place[name][0] + WIDTH, place[name][1] + HEIGHT / 2
            middle = f"{start + GAP_X / 2} {top} {x - GAP_X / 2} {y + HEIGHT / 2}"
            lines.append(
                f'<path d="M{start} {top}C{middle} {x} {y + HEIGHT / 2}" fill="none" stroke="#8c959f"/>'
            )
    for box in boxes:
        x, y = place[box.name]
        lines.append(
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="{COLOURS[box.state]}" stroke="#8c959f"/>'
        )
        lines.append(
            f'<text x="{x + 6}" y="{y + HEIGHT / 2 + 4}">{escape(box.name)}<title>{escape(box.doc)}</title></text>'
        )
    return "\n".join([*lines, "</svg>\n"])


def dot(boxes: Sequence[Box]) -> str:
    """Return the graph in Graphviz's language."""
    lines = ["digraph build {", "  rankdir=LR;", '  node [shape=box, style=filled, fontname="sans-serif"];']
    for box in boxes:
        lines.append(f'  {_quoted(box.name)} [fillcolor="{COLOURS[box.state]}", tooltip={_quoted(box.doc)}];')
        lines += [f"  {_quoted(name)} -> {_quoted(box.name)};" for name in box.before]
    return "\n".join([*lines, "}\n"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


FORMATS = {"html": page, "svg": svg, "dot": dot}
