"""Merged: the coverage of all tests, run or reused, as one data file of coverage.py, written through its public interface.

What ran is kept by block and unit, so it is written at the lines where it is now. A reused result depends on every block that it ran, so each of them is unchanged. What is
excluded, and which files count, is for the project's own configuration and present sources to say.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from . import store
from .arcs import Pair, decode
from .blocks import Block
from .contexts import of_test
from .digests import Digests
from .paths import Paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    import coverage

Ran = dict[str, dict[str, set[Pair]]]
"""By coverage's context and file: arcs."""
TEST = of_test("")


def gather(
    folder: str, paths: Paths, digests: Digests, reused: Mapping[str, str], written: Iterable[str]
) -> Ran:
    """Return what ran: all of this run's segments, and of others what reused tests depend on."""
    wanted: dict[str, set[str] | None] = dict.fromkeys(written)
    for nodeid, name in reused.items():
        tests = wanted.setdefault(name, set())
        if tests is not None:
            tests.add(of_test(nodeid))
    ran: Ran = {}
    for name, labels in wanted.items():
        closure = None if labels is None else store.read(folder, name).closure(*labels)
        arcs = store.Arcs(folder, name)
        lines = _Lines(arcs, paths, digests)
        for label, numbers in arcs:
            if closure is None or label in closure:
                context = ran.setdefault(label.removeprefix(TEST) if label.startswith(TEST) else "", {})
                for path, arc in filter(None, map(lines.__getitem__, numbers)):
                    context.setdefault(path, set()).add(arc)
    return ran


class _Lines(dict):
    """Arcs by their numbers, with their files, at the lines where they are now; None if their block has changed since."""

    def __init__(self, arcs: store.Arcs, paths: Paths, digests: Digests) -> None:
        self._arcs, self._paths, self._digests = arcs, paths, digests
        self._blocks: dict[str, dict[str, Block]] = {}

    def __missing__(self, number: int) -> tuple[str, Pair] | None:
        at, start, end = self._arcs.places[number]
        key, name, digest = self._arcs.owners[at]
        path = self._paths.path(key)
        if key not in self._blocks:
            self._blocks[key] = {block.name: block for block in self._digests.blocks(path)}
        block = self._blocks[key].get(name)
        if block is not None and block.digest == digest:
            self[number] = (path, next(decode(block, [(start, end)])))
        else:
            self[number] = None
        return self[number]


def configured() -> coverage.Coverage:
    """Return coverage.py as the project configures it; ValueError if it cannot be."""
    import coverage

    try:
        return coverage.Coverage(config_file=True)
    except coverage.CoverageException as error:
        raise ValueError(str(error)) from None


def write(target: str, ran: Ran) -> None:
    """Write the data file as the project's configuration of coverage.py would have had it."""
    import coverage

    asked = configured()
    sources, counts = _chosen(asked)
    files = {path for found in ran.values() for path in found}
    for source in sources:
        files.update(_sources(source))

    def named(path: str) -> str:
        return os.path.relpath(path) if asked.get_option("run:relative_files") else path

    data = coverage.CoverageData(basename=target)
    data.erase()
    add = data.add_arcs if asked.get_option("run:branch") else data.add_lines
    add({})  # Even if nothing ran, the file says what it would have.
    for context, found in sorted(ran.items()):
        data.set_context(context)
        kept = {named(path): arcs for path, arcs in found.items() if counts(path)}
        if asked.get_option("run:branch"):
            data.add_arcs(kept)
        else:
            data.add_lines(
                {path: {line for pair in arcs for line in pair if line > 0} for path, arcs in kept.items()}
            )
    data.touch_files([named(path) for path in sorted(files) if counts(path)])
    data.close()


def _chosen(asked: coverage.Coverage) -> tuple[list[str], Callable[[str], bool]]:
    """Return the paths of the sources that the configuration names, and what tells whether a file counts."""

    def listed(name: str) -> list[str]:
        found = asked.get_option(f"run:{name}")
        return found if isinstance(found, list) else []

    named_sources = [
        (each, name == "source_pkgs")
        for name in ("source", "source_pkgs", "source_dirs")
        for each in listed(name)
    ]
    sources = [path for each, is_package in named_sources for path in _places_of(each, is_package)]
    omit, include = _matcher(listed("omit")), _matcher(listed("include"))

    def counts(path: str) -> bool:
        is_inside = not named_sources or any(
            path.startswith(each + os.sep) or path == each for each in sources
        )
        return (
            is_inside and not omit(path) and (bool(named_sources) or include(path) or not listed("include"))
        )

    return sources, counts


def _places_of(source: str, is_package: bool) -> list[str]:
    """Return the folders of a source, or its file: it is a folder, or the name of a package or a module."""
    if not is_package and os.path.isdir(source):
        return [os.path.realpath(source)]
    try:
        spec = importlib.util.find_spec(source)
    except (ImportError, AttributeError, ValueError):
        return []
    if spec is None or not (spec.submodule_search_locations or spec.has_location):
        return []
    return [os.path.realpath(path) for path in spec.submodule_search_locations or [spec.origin or ""]]


def _sources(folder: str) -> Iterator[str]:
    """Yield the sources that coverage.py reports although nothing of them ran: those of packages."""
    for number, (here, folders, names) in enumerate(os.walk(folder)):
        if number and "__init__.py" not in names:
            folders.clear()
            continue
        yield from (
            os.path.join(here, name) for name in names if re.fullmatch(r"[^.#~!$@%^&*()+=,]+\.pyw?", name)
        )


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return whether one of coverage.py's patterns matches a path (its documentation, "Specifying source files")."""
    texts = []
    for pattern in patterns:
        whole = pattern if pattern.startswith("*") else os.path.abspath(pattern)
        parts = re.split(r"(\*\*|\*|\?)", re.sub(r"^\*/", "**/", whole))
        texts.append(
            "".join({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)) for part in parts)
        )
    found = re.compile("|".join(f"(?:{text})" for text in texts) or r"(?!)")
    return lambda path: found.fullmatch(path) is not None
