"""Checks: one for each script, each sheet and each file of unit tests, so that an edit checks what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buildgraph.rules.word import data_word

from .settings import Settings
from .step import Step, by_node

SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx")
SHEETS = (".scss", ".css")


@dataclass(frozen=True)
class Checks:
    """Name what checks: `scripts` and `styles` are folders of what eslint and stylelint read, `tests` one of files of tests.

    Args:
        node: the program that runs the checks.
        rules: kind ("scripts", "styles") -> the files that say the rules; they are read with each check.
        settings: as the assets have it, for what the tests import.
    """

    node: str
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    @property
    def steps(self) -> Iterator[Step]:
        """Yield the checks; the folders are listed for it."""
        for kind, program, folders, endings in (
            ("scripts", "eslint", self.scripts, SCRIPTS),
            ("styles", "stylelint", self.styles, SHEETS),
        ):
            for file in files(folders, endings):
                command = by_node(self.node, program, file, doc=f"Check {file} by {program}.")
                yield Step(f"{kind}:{file}", (file, *self.rules.get(kind, ())), (), command)
        for file in files(self.tests, SCRIPTS):
            yield Step(f"tests:{file}", (file,), (), self._test(file))

    def _test(self, file: str) -> Any:
        reads = f".buildgraph/assets/tests/{file}.reads.json"
        words = ("test", file, reads, data_word(self.settings.of_names))
        return by_node(self.node, *words, discovers=reads, doc=f"Run the tests of {file}.")


def files(folders: tuple[str, ...], endings: tuple[str, ...]) -> list[str]:
    """Return the files of folders that have one of the endings."""
    found = (file for folder in folders for file in Path(folder).rglob("*") if file.suffix in endings)
    return sorted(file.as_posix() for file in found)
