"""Builds: what a run of tasks says, as lines of the console: what was saved and what became of it in one, more only of what failed or takes long.

static/sass/site.scss saved: 2 tasks, 0.4 s
static/sass/site.scss saved: assets:style:site failed, 0.6 s
  static/sass/site.scss:3:14: Undefined variable
"""

from __future__ import annotations

import re
from collections.abc import Iterator

UP_TO_DATE = ": up to date"
ENDED = re.compile(r"(?:made|passed|ran) +(?P<task>\S+) +(?P<time>[\d.]+ s)")
FAILED = re.compile(r"failed +(?P<task>\S+)(?: +(?P<time>[\d.]+ s))?")
SUMMARY = re.compile(r".*: \d+ ran, \d+ reused\b.*")
DONE = "done"
"""The style of the closing line."""
LONG_SECONDS = 2.0
"""In a run that has taken so long, each task is told as it ends."""
Line = tuple[str, str]
"""What is shown, and its style: of a `Palette`, "" for none."""


class Builds:
    """One run, as it is heard."""

    def __init__(self, cause: str) -> None:
        self.saved = f"{cause} saved: " if cause else ""
        self.ended = 0
        self.has_failed = False

    def heard(self, line: str, seconds: float) -> Iterator[Line]:
        """Yield what is shown of a line that is said after so many seconds."""
        if match := FAILED.fullmatch(line):
            self.has_failed = True
            yield (
                f"{self.saved}{match['task']} failed" + (f", {match['time']}" if match["time"] else ""),
                "failed",
            )
        elif ENDED.fullmatch(line):
            self.ended += 1
            if seconds >= LONG_SECONDS:
                yield line, "soft"
        elif not line.endswith(UP_TO_DATE) and not SUMMARY.fullmatch(line):
            is_place = (
                self.has_failed and line.startswith("  ") and not line.startswith(("  |", "  to repeat it:"))
            )
            yield line, "heading" if is_place else ""

    def over(self, seconds: float) -> str:
        """Return the closing line of a run that went well and did something, else nothing."""
        if self.has_failed or not self.ended:
            return ""
        return f"{self.saved}{self.ended} task{'s' if self.ended > 1 else ''}, {seconds:.1f} s"
