"""The house: which folder of the library may import from which, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from buildgraph.layout import canonical
from buildgraph.patterns import matches

LIBRARY = Path(__file__).parents[2] / "buildgraph"
GROUND = (
    *(
        "errors",
        "fields",
        "suggest",
        "layout",
        "wildcards",
        "library",
        "exclusions",
        "patterns",
        "files",
        "excerpt",
        "outlet",
        "locking",
        "address",
    ),
    *(
        "interpreter",
        "personal",
        "pinned",
        "installers",
        "uv",
        "command",
        "worker",
        "typed",
        "asking",
        "colour",
        "owner",
        "handed",
        "passing",
        "serving",
        "caches",
    ),
)
RANKS = (
    GROUND,
    "rules",
    "observe",
    "decide",
    "act",
    "leasing",
    "record",
    "store",
    "proof",
    "running",
    "inspect",
    "adapter",
    "init",
)
"""Each imports from those before it, and from itself."""
ENTRANCES = ("__init__", "__main__", "bootstrap", "launch", "record/certificate")
"""What starts everything, by what name ever."""
FRAMEWORK = "doit"
SOURCES = sorted(path for path in LIBRARY.rglob("*.py"))


def place_of(path: Path) -> str:
    """Return the folder of a module of the library, or the module itself where it lies in none."""
    inner = path.relative_to(LIBRARY).with_suffix("").parts
    return "/".join(inner[:2]) if inner[0] == "rooms" else inner[0]


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of what a module imports, wherever in it."""
    package = ["buildgraph", *path.relative_to(LIBRARY).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rank_of(place: str) -> int:
    return next(
        number for number, rank in enumerate(RANKS) if place == rank or (place in rank and rank is GROUND)
    )


def ours(path: Path) -> Iterator[str]:
    """Yield the places of the library from which a module imports."""
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "buildgraph" and len(parts) > 1:
            inner = LIBRARY.joinpath(*parts[1:2])
            if inner.is_dir() or inner.with_suffix(".py").exists():
                yield "/".join(parts[1:3]) if parts[1] == "rooms" else parts[1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_a_module_imports_from_lower_places_only(path):
    place = place_of(path)
    if path.relative_to(LIBRARY).with_suffix("").as_posix() in ENTRANCES:
        return
    for other in ours(path):
        if place == other:
            continue
        if place.startswith("rooms") or place in ("serve", "impact", "members"):
            # A room, or what else is handed to `dodo.py`, stands on the ground, on the rules, and on what starts and ends commands and servers; it knows no other room.
            assert rank_of(other) == 0 or other in ("rules", "act", "leasing"), f"{place} imports {other}"
        else:
            assert rank_of(other) <= rank_of(place), f"{place} imports {other}"


def test_only_the_adapter_knows_doit():
    knowing = {
        place_of(path) for path in SOURCES for name in imports(path) if name.split(".")[0] == FRAMEWORK
    }
    assert knowing == {"adapter"}


def module_of(path: Path) -> str:
    parts = ["buildgraph", *path.relative_to(LIBRARY).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def closure(start: Iterable[Path]) -> set[Path]:
    """Return the files of the library that are imported by some, and by those, with the packages that they lie in."""
    by_name = {module_of(path): path for path in SOURCES}
    found: set[Path] = set()
    rest = list(start)
    while rest:
        path = rest.pop()
        if path in found:
            continue
        found.add(path)
        for name in imports(path):
            parts = name.split(".")
            rest += [
                by_name[each]
                for end in range(1, len(parts) + 1)
                if (each := ".".join(parts[:end])) in by_name
            ]
    return found


ROOMS = sorted(path.name for path in (LIBRARY / "rooms").iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("room", ROOMS)
def test_the_code_of_a_room_is_all_that_its_commands_run(room):
    declared = import_module(f"buildgraph.rooms.{room}").CODE
    run = closure(path for path in SOURCES if path.parent == LIBRARY / "rooms" / room)
    paths = [path.relative_to(LIBRARY.parent).as_posix() for path in run]
    patterns = [canonical(pattern, "") for pattern in declared]
    assert [path for path in paths if not any(matches(pattern, path) for pattern in patterns)] == []
