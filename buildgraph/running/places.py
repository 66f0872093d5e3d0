"""Places: where a tool found a mistake, as editors and terminals read it, in what it said.

Tools name a file and a line in ways of their own, often apart from the message. What is told says it once, as
`FILE:LINE:COLUMN: message`, relative to the top folder, which terminals make a link of and editors' lists of problems take; the source
stands below, unless the tool has shown it. Only files that are there count, so that a text which merely looks like a place is not taken for one. Of
a traceback the checkout's own frames are told, the last one with the message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from buildgraph.excerpt import WIDEST, excerpt
from buildgraph.fields import Value

SHOWN = 20
"""So many places are told with their source; who has more mistakes begins with these."""
NEAR = 8
"""So many lines around a place are looked through for its source."""
READY = re.compile(
    r"\s*(?:error: )?(?P<file>[^\s:'\"(][^:'\"]*):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<message>.+)"
)
"""gcc, pytest, Sphinx, mypy, and what compiles the assets."""
OURS = re.compile(
    r"\s*(?:error: )?(?P<file>[^\s:,'\"][^:,'\"]*), line (?P<line>\d+)(?:, column (?P<column>\d+))?: (?P<message>.+)"
)
BELOW = re.compile(r"\s+(?:--> )?(?P<file>[^\s:][^:]*):(?P<line>\d+)(?::(?P<column>\d+))?:?\s*")
"""ruff, rustc and esbuild: the message is the line before."""
SASS = re.compile(r"\s+(?P<file>\S+\.s?[ac]ss) (?P<line>\d+):(?P<column>\d+)\s.*")
"""Sass: the message is the last line that begins with `Error: `."""
FRAME = re.compile(r"\s*File \"(?P<file>[^\"]+)\", line (?P<line>\d+).*")
"""Python: the message is the next line that is not indented."""
FOREIGN = ("site-packages", "node_modules")


class Line(Value):
    """What is told: a place with its message, or something else that the tool said."""

    text: str
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def is_place(self) -> bool:
        """True if it says where."""
        return bool(self.file)


def told(lines: Sequence[str], widest: int = WIDEST) -> list[Line]:
    """Return what is told of a tool's lines, each place once, at the place of its message, its source in `widest` columns."""
    found = _unfolded(_Reading().read(lines))
    shown: list[Line] = []
    seen: set[tuple[str, int, int]] = set()
    for number, each in enumerate(found):
        shown.append(each)
        place = (each.file, each.line, each.column)
        if each.is_place and place not in seen and len(seen) < SHOWN:
            seen.add(place)
            near = [other.text for other in found[max(0, number - NEAR) : number + NEAR + 1]]
            shown += [Line(text) for text in _source(each, near, widest)]
    return shown


def _source(place: Line, near: Sequence[str], widest: int) -> list[str]:
    """Return the excerpt of a place whose source is in none of the lines near it."""
    source = excerpt(place.file, place.line, place.column, widest)
    of_line = next(
        (line.partition("│ ")[2].strip() for line in source if line.startswith(f"{place.line} ")), ""
    )
    return [] if not of_line or any(of_line in text for text in near) else source


def _unfolded(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, a place that is named twice only once."""
    known: set[str] = set()
    kept = []
    for each in lines:
        if each.is_place and each.text in known:
            continue
        known.update([each.text] if each.is_place else [])
        kept.append(each)
    return kept


class _Reading:
    """Goes through what a tool said; its own tables tell what was heard and is not yet placed."""

    def __init__(self) -> None:
        self.kept: list[Line] = []
        self.error = self.message = -1
        """Where the last line that begins with `Error: ` is kept, and the last one that may be a message."""
        self.own: re.Match | None = None
        """The last own frame of a traceback that goes on."""
        self.is_foreign = False

    def read(self, lines: Sequence[str]) -> list[Line]:
        for line in lines:
            if not self._is_frame(line) and not self._is_placed(line):
                self._keep(line)
        return self.kept

    def _is_frame(self, line: str) -> bool:
        """Tell whether a line belongs to a traceback: foreign frames and what they show are left out once there is an own one."""
        match = FRAME.fullmatch(line)
        if match:
            is_own = bool(_path(match["file"]))
            self.own = match if is_own else self.own
            self.is_foreign = not is_own
            if is_own:
                self.kept.append(Line(line.replace(match["file"], _path(match["file"]))))
            return True
        if self.is_foreign and line[:1].isspace():
            return True
        self.is_foreign = False
        if self.own and line.strip() and not line[0].isspace():
            self.kept.append(_line(self.own, line.strip()))
            self.own = None
            return True
        return False

    def _is_placed(self, line: str) -> bool:
        """Tell whether a line is a place, whose message it has itself or some line before it."""
        if (match := READY.fullmatch(line) or OURS.fullmatch(line)) and _path(match["file"]):
            self.kept.append(_line(match, match["message"].strip()))
            return True
        if (match := SASS.fullmatch(line)) and _path(match["file"]) and self.error >= 0:
            self._place(self.error, match)
            self.error = -1
            return True
        if (match := BELOW.fullmatch(line)) and _path(match["file"]) and self.message >= 0:
            self._place(self.message, match)
            return True
        return False

    def _place(self, number: int, match: re.Match) -> None:
        """Give the message that is kept there its place; blank lines between the two go."""
        if self.kept[number].is_place:
            return
        said = self.kept[number].text.strip()
        self.kept[number] = _line(match, said.removeprefix("✘ [ERROR] ").removeprefix("Error: "))
        while not self.kept[-1].text.strip():
            self.kept.pop()

    def _keep(self, line: str) -> None:
        text = line.strip()
        self.kept.append(Line(line))
        if text.startswith("Error: "):
            self.error = len(self.kept) - 1
        if text:
            self.message = len(self.kept) - 1


def _line(match: re.Match, message: str) -> Line:
    groups = match.groupdict()
    file, line, column = _path(groups["file"]), groups["line"], groups.get("column")
    place = f"{file}:{line}:{column}" if column else f"{file}:{line}"
    return Line(f"{place}: {message}", file, int(line), int(column or 0))


def _path(name: str) -> str:
    """Return the path of a file of the checkout, else an empty text."""
    path = os.path.relpath(name) if os.path.isabs(name) else os.path.normpath(name)
    if path.startswith((os.pardir, ".venv", ".buildgraph")) or not os.path.isfile(path):
        return ""
    return "" if any(part in FOREIGN for part in path.split(os.sep)) else path.replace(os.sep, "/")
