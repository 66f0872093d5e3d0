"""Causes: the root of a chain of tasks, the file that a person has edited, besides the reason that is next to a task.

A task that waits for another one that would run has the reason of that one; an input that another task has made has the reason for which
that one ran last, which the timelines keep.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from functools import cached_property

from buildgraph.decide.plan import Plan
from buildgraph.record import timeline

BEFORE = re.compile(r"'(?P<task>.+)' would run before it")
DIGESTS = re.compile(r" from [0-9a-f]{12} to [0-9a-f]{12}")
CHANGED = re.compile(
    r"the (?:discovered )?input '(?P<path>.+)' (?:changed from \S+ to \S+|is new|has appeared)"
)


class Causes:
    """Adds roots to reasons."""

    def __init__(self, plan: Plan, found: Mapping[str, Sequence[str]], shown: Sequence[str]) -> None:
        self.plan = plan
        self.found = found
        """Task → its reasons, of all that the selection needs."""
        self.shown = frozenset(shown)

    def of(self, reasons: Sequence[str]) -> list[str]:
        """Return the reasons, each root told once; what another line of the answer says is not said again."""
        told: set[str] = set()
        lines: list[str] = []
        for reason in reasons:
            root, text = self._root(reason)
            if not root or (root in told and CHANGED.fullmatch(reason)):
                lines.append(reason)
            elif root not in told:
                lines.append(f"{reason}{text}")
            told.add(root)
        return lines

    def _root(self, reason: str) -> tuple[str, str]:
        """Return the root of a reason and how it is worded next to it, "" if the reason is the root itself."""
        if match := BEFORE.fullmatch(reason):
            return self._waited_for(match["task"])
        match = CHANGED.fullmatch(reason)
        maker = self.plan.maker(match["path"]) if match else None
        if maker is None or maker in self.shown:
            return "", ""
        if reasons := self.found.get(maker):
            return reasons[0], f"; '{maker}', which makes it, would run: {reasons[0]}"
        if not (why := self.ran_because.get(maker)):
            return "", ""
        last, root = self._made(maker, why)
        how = "came from the cache" if last in self._cached else "ran"
        return root, f"; '{last}' {how} because {root}"

    def _waited_for(self, task: str) -> tuple[str, str]:
        """Follow the tasks that would run, down to the one that has a reason of its own."""
        way = [task]
        while (reasons := self.found.get(way[-1])) and (match := BEFORE.fullmatch(reasons[0])):
            way.append(match["task"])
        if not reasons:
            return "", ""
        root, text = self._root(reasons[0])
        if way[-1] in self.shown:
            return reasons[0], "" if len(way) == 1 else f", after '{way[-1]}'"
        after = "" if len(way) == 1 else f" and '{way[-1]}' before that"
        return root or reasons[0], f"{after}: {reasons[0]}{text}"

    def _made(self, maker: str, why: str) -> tuple[str, str]:
        """Follow the tasks that have run, each because of what the one before it made."""
        seen = {maker}
        while (match := CHANGED.fullmatch(why)) and (before := self.plan.maker(match["path"])):
            if before in seen or not (reason := self.ran_because.get(before)):
                break
            seen.add(before)
            maker, why = before, reason
        return maker, why

    def last_run(self, task: str) -> str:
        """Say when a task that is up to date ran last, and why; nothing if that run is no longer kept."""
        began, why = self._last.get(task, (0.0, ""))
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(began))
        how = "it came from the cache" if task in self._cached else "it ran last"
        return f"; {how} on {at}: {DIGESTS.sub('', why)}" if why else ""

    @cached_property
    def ran_because(self) -> dict[str, str]:
        """Task → the first reason for which it ran last, as far as runs are kept."""
        return {task: why for task, (_, why) in self._last.items()}

    @cached_property
    def _cached(self) -> frozenset[str]:
        """The tasks whose last result came from the store."""
        last: dict[str, bool] = {}
        for run in timeline.read():
            for span in run.spans:
                last.setdefault(span.task, span.is_cached)
        return frozenset(task for task, is_cached in last.items() if is_cached)

    @cached_property
    def _last(self) -> dict[str, tuple[float, str]]:
        """Task → when its last run began, and its first reason."""
        found: dict[str, tuple[float, str]] = {}
        for run in timeline.read():
            for span in run.spans:
                if span.why:
                    found.setdefault(span.task, (run.began, span.why[0]))
        return found
