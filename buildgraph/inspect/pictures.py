"""Pictures of a graph: a page for the browser, SVG and DOT."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape

HEIGHT, GAP_X, GAP_Y, LETTER = 24, 90, 12, 7.2
"""Pixels of a box, of the space between boxes, and of a letter, so that a column is as wide as its longest name."""
COLOURS = {
    "fresh": "#dafbe1",
    "stale": "#fff3b8",
    "failed": "#ffe1de",
    "always": "#ddf0ff",
    "group": "#eff1f4",
}
PARTS = {"SCRIPT": "page.js", "DATA": "", "STYLE": "page.css"}
"""What `page.html` names, from its end to its beginning: so what has been put in place is never searched."""


@dataclass(frozen=True)
class Box:
    """One task as a picture shows it."""

    name: str
    doc: str
    kind: str
    """`rule`, `check`, `run`, `service`, `plain` or `group`."""
    command: str
    state: str
    """A key of `COLOURS`."""
    why: Sequence[str]
    seconds: float | None
    times: Sequence[float]
    """How long it took in the last runs that are remembered, the last one at the end."""
    log: str
    log_link: str
    """The address of the log, for a page in the folder in which this one will be."""
    said: str
    """The end of the log."""
    inputs: Sequence[str]
    found: Sequence[str]
    """The files that it has read besides those, when it ran last: by its patterns, and those that its command has found."""
    outputs: Sequence[str]
    before: Sequence[str]
    column: int
    row: int
    group: str = ""
    """The task of which this one is a part; a page with many tasks shows both as one until it is opened."""


def page(boxes: Sequence[Box]) -> str:
    """Return one self-contained HTML page: zoom, search, filters, and what each task is and why it would run."""
    data = json.dumps([asdict(box) for box in boxes]).replace("<", "\\u003c")
    text = _read("page.html")
    for name, file in PARTS.items():
        text = text.replace(name, _read(file) if file else data, 1)
    return text


def _read(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()


def svg(boxes: Sequence[Box]) -> str:
    """Return an SVG image."""
    widths: dict[int, float] = {}
    for box in boxes:
        widths[box.column] = max(widths.get(box.column, 0), len(box.name) * LETTER + 12)
    left = {column: sum(widths[other] + GAP_X for other in range(column)) for column in widths}
    place = {box.name: (left[box.column], box.row * (HEIGHT + GAP_Y)) for box in boxes}
    column = {box.name: box.column for box in boxes}
    right = max((left[column] + widths[column] for column in widths), default=0)
    low = max((y for _, y in place.values()), default=0) + HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 {right + 20} {low + 20}" font-family="sans-serif" font-size="12">'
    ]
    for box in boxes:
        x, y = place[box.name]
        for name in box.before:
            start, top = place[name][0] + widths[column[name]], place[name][1] + HEIGHT / 2
            middle = f"{start + GAP_X / 2} {top} {x - GAP_X / 2} {y + HEIGHT / 2}"
            lines.append(
                f'<path d="M{start} {top}C{middle} {x} {y + HEIGHT / 2}" fill="none" stroke="#8c959f"/>'
            )
    for box in boxes:
        x, y = place[box.name]
        lines.append(
            f'<rect x="{x}" y="{y}" width="{widths[box.column]}" height="{HEIGHT}" fill="{COLOURS[box.state]}" stroke="#8c959f"/>'
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
