"""Builds: what a run of tasks says, as lines of the console: what was saved and what became of it in one, more only of what failed or takes long.

static/sass/site.scss saved: 2 tasks, 0.4 s
static/sass/site.scss saved: assets:style:site failed, 0.6 s
  static/sass/site.scss:3:14: Undefined variable
"""

from __future__ import annotations

import re

UP_TO_DATE = re.compile(r".*: up to date(?:; open .*)?")
ENDED = re.compile(r"(?:made|cached|passed|ran) +(?P<task>\S+) +(?P<time>[\d.]+ s)")
FAILED = re.compile(r"failed +(?P<task>\S+)(?: +(?P<time>[\d.]+ s))?")
SUMMARY = re.compile(r".*: \d+ ran, (?:\d+ from the cache, )?\d+ reused\b.*")
DONE = "done"
"""The style of the closing line."""
LONG_SECONDS = 2.0
"""In a run that has taken so long, each task is told as it ends."""
Line = tuple[str, str]
"""What is shown, and its style: of a `Palette`, "" for none."""


class Builds:
    """One run, as it is heard."""

    def __init__(self, cause: str, is_echo: bool = False) -> None:
        self.is_echo = is_echo  # the cause is a file that the run before has written
        self.saved = f"{cause} saved: " if cause else ""
        self.ended = 0
        self.failure: list[Line] = []  # what was said since a task has failed

    def heard(self, line: str, seconds: float) -> list[Line]:
        """Return what is shown at once of a line that is said after so many seconds; the line of a failure is kept to the end."""
        if match := FAILED.fullmatch(line):
            self.failure.append((self._failed(match), "failed"))
        elif ENDED.fullmatch(line):
            self.ended += 1
            if seconds >= LONG_SECONDS:
                return [(line, "soft")]
        elif UP_TO_DATE.fullmatch(line) or SUMMARY.fullmatch(line):
            return []
        elif self.failure:
            is_place = line.startswith("  ") and not line.startswith(("  |", "  to repeat it:"))
            self.failure.append((line, "heading" if is_place else ""))
        else:
            return [(line, "")]
        return []

    def over(self, seconds: float, is_known: bool = False) -> list[Line]:
        """Return the closing line; of a failure that is known one line, unless nothing was saved."""
        if self.failure and is_known:
            first, style = self.failure[0]
            return [(f"{first}, as before", style)] if self.saved and not self.is_echo else []
        if self.failure or not self.ended:
            return self.failure
        return [(f"{self.saved}{self.ended} task{'s' if self.ended > 1 else ''}, {seconds:.1f} s", DONE)]

    def _failed(self, match: re.Match[str]) -> str:
        return f"{self.saved}{match['task']} failed" + (f", {match['time']}" if match["time"] else "")
