"""Elsewhere: requirements that a repository says in files that `init` does not take over, and what a person does about them.

Such a graph would be one without packages, which says so nowhere: each of these files is told, in `dodo.py` and at the end of `init`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from buildgraph.init.said import table, text_of, texts

FIRST = "{folder}/main.in"
GROUP = "write each group into a file {folder}/NAME.in, and NAME into the groups of LOCKS"
FILES: Mapping[str, str] = {
    "Pipfile": "`pipenv requirements` prints a requirements.txt, which `init` reads",
    "environment.yml": "what it has of PyPI belongs in " + FIRST,
    "environment.yaml": "what it has of PyPI belongs in " + FIRST,
}
"""File → how its requirements get into a group."""
TABLES: Mapping[str, str] = {
    "tool.poetry.dependencies": (
        "move them to [project], which Poetry 2 reads, or run `poetry export --without-hashes --output=requirements.txt` "
        "(its plugin poetry-plugin-export), and `init` after that"
    ),
    "tool.flit.metadata.requires": "move them to [project], which flit reads",
    "tool.poetry.group": GROUP,
    "tool.poetry.dev-dependencies": GROUP,
    "tool.pdm.dev-dependencies": GROUP,
    "tool.uv.dev-dependencies": GROUP,
    "tool.hatch.envs": GROUP,
}
"""Table or key of pyproject.toml → how its requirements get into a group."""
BESIDES_PROJECT = frozenset(name for name, hint in TABLES.items() if hint is GROUP)
"""What says more than [project]."""
OLD = ("setup.cfg", "setup.py")
REQUIRES = re.compile(r"\binstall_requires\s*=")


def elsewhere(root: Path, settings: Mapping[str, object], folder: str) -> Iterator[str]:
    """Yield a sentence for each place of a repository that has neither `.in` files, whose `folder` it would be, nor requirements*.txt."""
    project = table(settings.get("project"))
    for name, hint in TABLES.items():
        if _at(settings, name.split(".")) and (not project or name in BESIDES_PROJECT):
            yield f"pyproject.toml, {name}: its requirements are not taken over; {hint.format(folder=folder)}."
    if is_dynamic(project):
        hint = f"write them into [project], or into {FIRST.format(folder=folder)}"
        yield f"pyproject.toml: its dependencies are dynamic, so that only a build could tell them; {hint}."
    elif project:
        return
    for name, hint in FILES.items():
        if (root / name).is_file():
            yield f"{name}: its requirements are not taken over; {hint.format(folder=folder)}."
    for name in OLD:
        if (root / name).is_file() and REQUIRES.search(text_of(root / name)):
            hint = f"write them into {FIRST.format(folder=folder)}, or into [project] of pyproject.toml"
            yield f"{name}: its install_requires are not taken over; {hint}."


def is_dynamic(project: Mapping[str, object]) -> bool:
    """True if a build alone could tell the dependencies of `[project]`."""
    return "dependencies" in texts(project.get("dynamic"))


def _at(settings: Mapping[str, object], keys: Iterable[str]) -> object:
    found: object = settings
    for key in keys:
        found = table(found).get(key)
    return found
