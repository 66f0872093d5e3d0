"""Places: where a tool found a mistake, as editors and terminals read it, out of what it said.

Tools name a file and a line in ways of their own, often apart from the message. What is found is said once more as
`FILE:LINE: message`, relative to the top folder, which terminals make a link of and editors' lists of problems take. Only files that are
there count, so that a text which merely looks like a place is none; of a traceback it is the last line of the checkout's own code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

SHOWN = 20
"""So many places are shown; who has more mistakes begins with these."""
READY = re.compile(r"\s*(?P<file>[^\s:'\"(][^:'\"]*):(?P<line>\d+):(?:\d+:)? (?P<message>.+)")
"""gcc, pytest, Sphinx, mypy."""
OURS = re.compile(
    r"\s*(?:error: )?(?P<file>[^\s:,'\"][^:,'\"]*), line (?P<line>\d+)(?:, column \d+)?: (?P<message>.+)"
)
BELOW = re.compile(r"\s+(?:--> )?(?P<file>[^\s:][^:]*):(?P<line>\d+)(?::\d+)?:?\s*")
"""ruff, rustc and esbuild: the message is the line before."""
SASS = re.compile(r"\s+(?P<file>\S+\.s?[ac]ss) (?P<line>\d+):\d+\s.*")
"""Sass: the message is the last line that begins with `Error: `."""
FRAME = re.compile(r"\s*File \"(?P<file>[^\"]+)\", line (?P<line>\d+).*")
"""Python: the message is the next line that is not indented."""
FOREIGN = ("site-packages", "node_modules")


def places(lines: Sequence[str]) -> list[str]:
    """Return `FILE:LINE: message` for each place that the lines name, unless a line is that already."""
    found = dict.fromkeys(_found(lines))
    said = {line.strip() for line in lines}
    return [place for place in found if place not in said][:SHOWN]


def _found(lines: Sequence[str]) -> Iterator[str]:
    message, error, frame = "", "", ""
    for line in lines:
        text = line.strip()
        if match := READY.fullmatch(line) or OURS.fullmatch(line):
            yield from _place(match, match["message"])
        elif match := FRAME.fullmatch(line):
            frame = _start(match) or frame
            continue
        elif match := SASS.fullmatch(line):
            yield from _place(match, error.removeprefix("Error: "))
            error = ""
        elif match := BELOW.fullmatch(line):
            yield from _place(match, message)
        elif frame and text and not line[0].isspace():
            yield f"{frame}: {text}"
            frame = ""
        if text.startswith("Error: "):
            error = text
        message = text.removeprefix("✘ [ERROR] ") or message


def _place(match: re.Match, message: str) -> Iterator[str]:
    start = _start(match)
    if start and message:
        yield f"{start}: {message.strip()}"


def _start(match: re.Match) -> str:
    """Return `FILE:LINE` for a file of the checkout, else an empty text."""
    path = os.path.relpath(match["file"]) if os.path.isabs(match["file"]) else os.path.normpath(match["file"])
    if path.startswith((os.pardir, ".venv", ".buildgraph")) or not os.path.isfile(path):
        return ""
    if any(part in FOREIGN for part in path.split(os.sep)):
        return ""
    return f"{path.replace(os.sep, '/')}:{match['line']}"
