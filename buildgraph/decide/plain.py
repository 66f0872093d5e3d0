"""Plain: the files of doit tasks that no verb has described, and the edges that follow from them.

`file_dep` and `targets` of a plain task name exact files, or, since doit allows it, a folder that the task makes: what
lies below it is made by the task, too. They make edges among plain tasks and with rules, in both directions. Where a
path outside the checkout is named, it counts as it is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildgraph.decide.edges import Producers, read_by
from buildgraph.errors import BuildError
from buildgraph.fields import Value, fresh
from buildgraph.layout import DODO, is_exact
from buildgraph.observe.real import RealPaths
from buildgraph.patterns import fixed_folder, matches
from buildgraph.rules.values import Rule
from buildgraph.suggest import did_you_mean


class Plain(Value):
    """What the plain tasks of a graph read and make."""

    reads: Mapping[str, Sequence[str]] = fresh(dict)
    makes: Mapping[str, Sequence[str]] = fresh(dict)
    makers: Mapping[str, str] = fresh(dict)
    """Where a file or folder really is → the task that makes it."""
    real_paths: RealPaths = fresh(RealPaths)

    def maker(self, path: str) -> str | None:
        """Return the plain task that makes a path or a folder above it, None if none does."""
        if not self.makers:
            return None
        path = self.real_paths.path(path)
        found = self.makers.get(path)
        while found is None and path:
            path = path.rpartition("/")[0]
            found = self.makers.get(path)
        return found

    def refuse_missing(self, rule: Rule) -> None:
        """Raise if a plain task that has run did not make what the rule reads."""
        for path in rule.inputs if self.makers else ():
            maker = self.maker(path) if is_exact(path) else None
            if maker is not None and not os.path.lexists(path):
                raise BuildError(
                    f"the input '{path}' does not exist{_although(maker)}", rule.where, _look(maker)
                )

    def before_rule(self, rule: Rule, producers: Producers) -> Iterator[str]:
        """Yield the plain tasks that make what a rule reads."""
        if self.makers:
            yield from self.of(read_by(rule), producers)

    def of(self, paths: Iterable[str], producers: Producers) -> Iterator[str]:
        """Yield the plain tasks that make what paths, trees and patterns stand for."""
        for path in paths:
            maker = self.maker(path if is_exact(path) else fixed_folder(path).rstrip("/"))
            if maker is not None:
                yield maker
            if not is_exact(path):
                real = producers.real(path)
                yield from (task for made, task in self.makers.items() if matches(real, made))

    def before_task(self, task: str, producers: Producers) -> Iterator[str]:
        """Yield the tasks that make what a plain task reads."""
        for path in self.reads.get(task, ()):
            maker = self.maker(path) or producers.of_file(path) or producers.trees.get(path + "/")
            if maker is not None and maker != task:
                yield maker


def missing_dependency(path: str, task: str, maker: str | None) -> BuildError:
    """Return the sentence for a file that a plain task reads and that is not there."""
    if os.path.isdir(path):
        return BuildError(f"'{path}', a dependency of '{task}', is a folder", DODO, "Name the files in it.")
    what = f"'{path}', a dependency of '{task}', does not exist"
    if maker is not None:
        return BuildError(what + _although(maker), DODO, _look(maker))
    return BuildError(f"{what}, and no task makes it", DODO, did_you_mean(path, _names_beside(path)))


def _although(maker: str) -> str:
    return f", although '{maker}' should make it"


def _look(maker: str) -> str:
    return f"Look at what '{maker}' does."


def _names_beside(path: str) -> list[str]:
    folder = os.path.dirname(path)
    try:
        return [f"{folder}/{name}" if folder else name for name in os.listdir(folder or ".")]
    except OSError:
        return []
