"""Page: what is wrong, for a browser and for a program. Texts of the application are never markup."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

from . import console
from .editors import link
from .failures import Failure, Frame, Request
from .paths import is_application

PATH = "/__serve__/"
"""Below it, the supervisor answers and no application."""
STATUS = "500 Internal Server Error"
HTML, JSON, TEXT = "text/html", "application/json", "text/plain"
STYLE = """
:root{color-scheme:dark}
body{margin:0;font:14px/1.6 ui-monospace,monospace;background:#1b1b1f;color:#eee}
main{padding:2rem 2rem 4rem}
a{color:#8ab4f8}
h1{font-size:1.3rem;font-weight:600;margin:0 0 .25rem;color:#ff8a80}
h1+p{margin:0 0 1rem;white-space:pre-wrap;overflow-wrap:anywhere}
pre{margin:.25rem 0 1.25rem;padding:.5rem 0;overflow-x:auto;border:1px solid #8884;border-radius:6px;font:13px/1.6 ui-monospace,monospace}
pre span{display:block;padding:0 .75rem;white-space:pre}
pre .at{background:#c5221f66}
pre i{display:inline-block;width:3.5em;opacity:.6;font-style:normal;user-select:none}
h2{font:inherit;color:#8ab4f8;margin:0;overflow-wrap:anywhere}
.far h2:not(:has(a)){display:none}
.far summary{margin:.25rem 0;overflow-wrap:anywhere}
.hint{border-left:4px solid #c5221f;padding:.25rem .75rem;background:#8882}
footer{opacity:.75}
summary{cursor:pointer;margin:1rem 0}
pre+details{margin-top:-.75rem}
.asked,table{font:13px/1.6 ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.1rem .75rem .1rem 0;white-space:pre-wrap}
th{font-weight:600;white-space:nowrap}
"""
"""The look of the overlay that `client.js` puts over an open page."""


def media_type(accept: str) -> str:
    """Return the type that a client wants, plain text if it takes any (RFC 9110, 12.5.1)."""
    wanted = []
    for place, part in enumerate(accept.lower().split(",")):
        name, *parameters = (each.strip() for each in part.split(";"))
        if name in (HTML, JSON, TEXT):
            wanted.append((-_quality(parameters), place, name))
    return min(wanted)[2] if wanted else TEXT


def _quality(parameters: list[str]) -> float:
    for each in parameters:
        if each.startswith("q="):
            try:
                return float(each[2:])
            except ValueError:
                return 0.0
    return 1.0


def discreet(host: str) -> bytes:
    """Return what is told to who asks by a name that anybody may have let lead here: nothing of the source."""
    text = f"The application failed. The console says why, and so does this page at an address of this machine; '{host}' is not one."
    return (console.printable(text) + "\n").encode("utf-8", "replace")


def render(failure: Failure, kind: str, editor: str, script: str = "") -> bytes:
    """Return the page of this type."""
    if kind == HTML:
        return html(failure, editor, script).encode("utf-8", "replace")
    if kind == JSON:
        return (json.dumps({"error": failure.without_values().as_dict()}) + "\n").encode()
    return (console.text(failure) + "\n").encode("utf-8", "replace")


def html(failure: Failure, editor: str, script: str) -> str:
    """Return the page for a browser."""
    title = escape(failure.title)
    first = [_frame(failure.main, editor, failure.column, is_open=True)] if failure.main else []
    callers = [frame for frame in reversed(failure.frames) if frame is not failure.main]
    border = next(
        (number for number, frame in enumerate(callers) if not is_application(frame.file)), len(callers)
    )
    own = [
        _frame(frame, editor) if number < border else _folded(frame, editor)
        for number, frame in enumerate(callers)
        if is_application(frame.file)
    ]
    others = [_folded(frame, editor) for frame in callers if not is_application(frame.file)]
    own = ["<p>called by, the nearest first</p>", *own] if own else []
    more = f"<details><summary>through libraries</summary>{''.join(others)}</details>" if others else ""
    plain = f"<details><summary>as Python prints it</summary><pre><span>{escape(failure.text)}</span></pre></details>"
    hint = f"<p class=hint>{escape(failure.hint)}</p>" if failure.hint else ""
    asked = _request(failure.request) if failure.request else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><main><h1>{title}</h1><p>{escape(failure.message)}</p>{hint}{_line(failure.request)}{''.join(first + own)}{more}{asked}{plain if failure.text else ''}"
        f'<footer><form method="post" action="{PATH}retry">This page goes away by itself once the code is good again. '
        f"<button>Try again</button></form></footer></main>{script}</body></html>"
    )


def _line(request: Request | None) -> str:
    query = f"?{request.query}" if request and request.query else ""
    return f"<p class=asked>{escape(request.line + query)}</p>" if request else ""


def _request(request: Request) -> str:
    return f"<details><summary>the request</summary>{_table(request.headers)}</details>"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return (
        "<table>" + "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in rows) + "</table>"
    )


def _folded(frame: Frame, editor: str) -> str:
    """Return a caller on the other side of a library, such as a middleware: its place, which opens to show its source."""
    return f"<details class=far><summary>{_place(frame)}</summary>{_frame(frame, editor)}</details>"


def _place(frame: Frame) -> str:
    return escape(f"{console.near(frame.file)}:{frame.line}") + (
        f" in {escape(frame.function)}" if frame.function else ""
    )


def _frame(frame: Frame, editor: str, column: int = 0, is_open: bool = False) -> str:
    place = _place(frame)
    address = link(editor, frame.file, frame.line)
    if address:
        place = f'<a href="{escape(address)}">{place}</a>'
    rows = "".join(
        f"<span{' class=at' if number == frame.line else ''}><i>{number}</i>{escape(source)}</span>"
        + (
            f"<span class=at><i></i>{console.before(source, column)}^</span>"
            if column and number == frame.line
            else ""
        )
        for number, source in frame.lines
    )
    values = (
        f"<details{' open' * is_open}><summary>what its names hold</summary>{_table(frame.values)}</details>"
        if frame.values
        else ""
    )
    return f"<h2>{place}</h2>" + (f"<pre>{rows}</pre>" if rows else "") + values
