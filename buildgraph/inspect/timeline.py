"""A run as a page: when each task ran, one row for each, which opens to say why; static, without a script, and nothing is fetched.

A row's bar stands where the task ran, from the run's beginning at the left to its end at the right. Tasks of the longest path and
those that failed have colours of their own and say so in words, too.
"""

from __future__ import annotations

import os
import time
from html import escape

from buildgraph.record.timeline import Span, Timeline

PARTS = 4
"""Into so many parts the time is divided."""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}: a run of {at}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{at}: {counts} in {seconds:.2f} s</p>
{path}<p><span class="key critical"></span>longest path <span class="key task"></span>other tasks <span class="key failed"></span>failed</p>
<p>A task opens to say why it ran.</p>
</header>
<main>
<ol>
<li class="scale"><span class="ticks">{ticks}</span></li>
{rows}
</ol>
</main>
</body>
</html>
"""


def page(run: Timeline, counts: str) -> str:
    """Return the page of a run, of which `counts` says how many tasks ran."""
    whole = run.seconds or 1.0
    critical = frozenset(run.longest_path)
    with open(os.path.join(os.path.dirname(__file__), "timeline.css"), encoding="utf-8") as file:
        style = file.read()
    path = f"<p>longest path: {escape(' → '.join(run.longest_path))}</p>\n" if run.longest_path else ""
    spans = sorted(run.spans, key=lambda span: (span.start, span.task))
    return PAGE.format(
        title=escape(run.title),
        at=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.began)),
        style=style,
        counts=escape(counts),
        seconds=run.seconds,
        path=path,
        ticks="".join(f"<span>{whole * part / PARTS:.2f} s</span>" for part in range(PARTS + 1)),
        rows="\n".join(_row(span, whole, span.task in critical) for span in spans),
    )


def _row(span: Span, whole: float, is_critical: bool) -> str:
    """Return the row of a task: open if it failed."""
    kind = "failed" if span.is_failed else "critical" if is_critical else "task"
    place = f"left: {100 * span.start / whole:.3f}%; width: {100 * span.seconds / whole:.3f}%"
    said = f"{span.start:.2f} s to {span.start + span.seconds:.2f} s, worker {span.lane + 1}"
    said += ", on the longest path" if is_critical else ""
    said += ", from the cache" if span.is_cached else ""
    failure = f'<li class="told">failed: {escape(span.failure)}</li>' if span.is_failed else ""
    why = "".join(f'<li class="why">{escape(reason)}</li>' for reason in span.why)
    return (
        f"<li><details{' open' if span.is_failed else ''}><summary>"
        f'<span class="name">{escape(span.task)}</span><span class="seconds">{span.seconds:.2f} s</span>'
        f'<span class="lane"><span class="bar {kind}" style="{place}"></span></span></summary>'
        f"<ul>{failure}<li>{said}</li>{why}</ul></details></li>"
    )
