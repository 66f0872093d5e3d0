"""Edges: which task makes what another one reads.

An edge is a file. An exact input is made by the task that names it as an output or whose tree or pattern
covers it. A pattern or a tree among the inputs comes after every task with an output that it covers; for an
output that is itself a tree or a pattern, overlapping folders are enough, since what it will hold is not
known yet. What a pattern excludes whole makes no edge. What is compared are the places where files really are: a folder may have a second name through a link.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from buildgraph.errors import BuildError
from buildgraph.exclusions import divided, excludes_all
from buildgraph.layout import is_exact, is_pattern, is_tree, shown
from buildgraph.observe.real import RealPaths
from buildgraph.patterns import fixed_folder, matches, moved_pattern
from buildgraph.rules.values import PYTHON, Rule


class Producers:
    """Who makes which path."""

    def __init__(self, rules: Mapping[str, Rule], real_paths: RealPaths | None = None) -> None:
        """Draw no edge yet; `real_paths` knows the folders of the rules already."""
        self.real_paths = real_paths or RealPaths()
        if real_paths is None:
            self.real_paths.enter(folders_of(rules.values()))
        self.files: dict[str, str] = {}
        self.trees: dict[str, str] = {}
        self.patterns: list[tuple[str, str]] = []
        for task, rule in rules.items():
            for output in rule.outputs:
                self._enter(task, output, rules)
        self._refuse_overlaps()
        self._sorted = sorted(self.files)

    def _enter(self, task: str, output: str, rules: Mapping[str, Rule]) -> None:
        if self.real_paths.links:
            output = self.real(output)
        if is_pattern(output):
            other = dict(self.patterns).get(output, task)
            if other != task:
                raise made_by_two(shown(output), other, task, f"{rules[other].where} and {rules[task].where}")
            self.patterns.append((output, task))
            return
        table = self.trees if is_tree(output) else self.files
        other = table.setdefault(output, task)
        if other != task:
            raise made_by_two(output, other, task, f"{rules[other].where} and {rules[task].where}")

    def _refuse_overlaps(self) -> None:
        for pattern, task in self.patterns:
            others = {
                path: maker for path, maker in self.files.items() if maker != task and matches(pattern, path)
            }
            for path, maker in sorted(others.items()):
                raise made_by_two(path, maker, task)
            for tree in _folders_above(fixed_folder(pattern) + "-"):
                owner = self.trees.get(tree, task)
                if owner != task:
                    what = f"'{shown(pattern)}', output of '{task}', is inside '{tree}', which '{owner}' owns"
                    raise BuildError(what, "", f"Write it to another folder, or let '{owner}' make it.")
        if not self.trees:
            return
        for path, task in [*self.files.items(), *self.trees.items()]:
            for tree in _folders_above(path.rstrip("/")):
                owner = self.trees.get(tree, task)
                if owner != task:
                    what = f"'{path}', output of '{task}', is inside '{tree}', which '{owner}' owns"
                    raise BuildError(what, "", f"Write it to another folder, or let '{owner}' make it.")
        for tree, task in self.trees.items():
            if tree[:-1] in self.files:
                other = self.files[tree[:-1]]
                raise BuildError(
                    f"'{tree[:-1]}' is made as a file by '{other}' and as a folder by '{task}'",
                    "",
                    "Rename one of them.",
                )

    def real(self, path: str) -> str:
        """Return where a path, a tree or a pattern really is."""
        if is_exact(path):
            return self.real_paths.path(path)
        folder = fixed_folder(path)[:-1]
        place = self.real_paths.folder(folder)
        if place == folder:
            return path
        return moved_pattern(path, folder, place) if is_pattern(path) or not place else place + "/"

    def of_file(self, path: str) -> str | None:
        """Return the task that makes the file, None if none does."""
        path = self.real_paths.path(path)
        task = self.files.get(path)
        if task is None and self.trees:
            task = next((self.trees[tree] for tree in _folders_above(path) if tree in self.trees), None)
        if task is None and self.patterns:
            task = next((task for pattern, task in self.patterns if matches(pattern, path)), None)
        return task

    def refuse_shared(self, paths: Iterable[str], task: str) -> None:
        """Raise if a file that a task has made is one that the pattern of another task stands for, too."""
        for path in paths if len(self.patterns) > 1 else ():
            for pattern, other in self.patterns:
                if other != task and matches(pattern, self.real_paths.path(path)):
                    raise made_by_two(path, other, task)

    def of_pattern(self, pattern: str) -> set[str]:
        """Return the tasks that may make something that the pattern or tree stands for."""
        pattern = self.real(pattern)
        folder = fixed_folder(pattern)
        kept, excluded = divided(pattern)
        # Without `**`, all matches lie so deep; what is below a tree may lie deeper.
        depth = None if is_tree(kept) or "**" in kept else kept.count("/", 1)
        near = [
            (tree, task)
            for tree, task in self.trees.items()
            if _overlap(tree, folder) and (depth is None or tree.count("/") <= depth)
        ]
        near += [each for each in self.patterns if _overlap(fixed_folder(each[0]), folder)]
        found = {task for made, task in near if not (excluded and excludes_all(excluded, made))}
        for position in range(bisect_left(self._sorted, folder), len(self._sorted)):
            path = self._sorted[position]
            if not path.startswith(folder):
                break
            if matches(pattern, path):
                found.add(self.files[path])
        return found

    def before(self, task: str, rule: Rule) -> list[str]:
        """Return the tasks that make what `rule` reads, itself left out, in the order of its inputs."""
        found: dict[str, None] = {}
        files = self.files
        has_others = bool(self.trees or self.patterns or self.real_paths.links)
        for path in read_by(rule):
            maker = files.get(path)
            if maker is not None:
                found[maker] = None
            elif not is_exact(path):
                found.update(dict.fromkeys(sorted(self.of_pattern(path))))
            elif has_others:
                maker = self.of_file(path)
                if maker == task and self.real_paths.links:
                    self._refuse_own(path, rule)
                if maker is not None:
                    found[maker] = None
        found.pop(task, None)
        return list(found)

    def judged(self, task: str, rule: Rule) -> list[str]:
        """Return the tasks that make what `rule` judges, in the order of what it names."""
        makers = (self._makers(path) for path in rule.judges)
        return [maker for each in makers for maker in sorted(each - {task})]

    def _makers(self, path: str) -> set[str]:
        if not is_exact(path):
            return self.of_pattern(path)
        maker = self.of_file(path)
        return set() if maker is None else {maker}

    def _refuse_own(self, path: str, rule: Rule) -> None:
        place = self.real_paths.path(path)
        if place in map(self.real, rule.outputs):
            what = f"the input '{path}' is '{place}', an output of the same rule, through a link"
            raise BuildError(what, rule.where, "Write another file.")


def made_by_two(path: str, one: str, other: str, where: str = "") -> BuildError:
    """Return the sentence for a path that two tasks make."""
    return BuildError(
        f"'{path}' is made by two tasks, '{one}' and '{other}'", where, "Give it to one of them."
    )


def folders_of(rules: Iterable[Rule]) -> set[str]:
    """Return the folders, without their slash, in which the rules say that they read and write."""
    paths: set[str] = set()
    for rule in rules:
        paths.update(rule.inputs, rule.outputs, rule.tools, rule.command[:1])
    return {path.rpartition("/")[0] if is_exact(path) else fixed_folder(path)[:-1] for path in paths}


def read_by(rule: Rule) -> Iterable[str]:
    """Return what the rule reads, apart from what it judges as it is."""
    inputs = [path for path in rule.inputs if path not in rule.judges] if rule.judges else rule.inputs
    program = rule.command[0]
    return (*inputs, *rule.tools, program) if program != PYTHON else (*inputs, *rule.tools)


def _folders_above(path: str) -> Iterable[str]:
    position = path.rfind("/")
    while position > 0:
        yield path[: position + 1]
        position = path.rfind("/", 0, position)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
