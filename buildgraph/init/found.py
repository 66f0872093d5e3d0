"""Found: what a repository says of itself, as far as files say it: its requirements, tests, application, front end and documentation."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildgraph.errors import BuildError
from buildgraph.init.elsewhere import elsewhere, is_dynamic
from buildgraph.init.front import Bundler, bundler, styles
from buildgraph.init.loose import CONSTRAINTS, NAME, RESERVED, has_requirements, sorted_out
from buildgraph.init.pythons import admitted, as_standard
from buildgraph.init.said import is_file, is_literal, listed, shown, table, text_of, texts
from buildgraph.init.storage import COMPOSE, Storage, storage

FOLDERS = ("requirements", "reqs", "deps", "dependencies", "etc/requirements", "config/requirements")
"""Where requirements are looked for when they are not at the top, the usual place first; others are found by their names."""
ASYNCHRONOUS = frozenset(("FastAPI", "Starlette", "Quart", "Sanic", "Litestar"))
NOT_SOURCES = frozenset(
    ("node_modules", "build", "dist", "venv", "env", "docs", "doc", "requirements", "__pycache__")
)
FACTORY = re.compile(r"^def (create_app|make_app|main)\(", re.MULTILINE)
APPLICATION = re.compile(
    r"^(\w+)(?::[^=\n]+)? = (?:flask\.)?(Flask|FastAPI|Starlette|Quart|Sanic|Litestar|Bottle)\(", re.MULTILINE
)
SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE['\"],\s*['\"]([\w.]+)['\"]")


@dataclass(frozen=True)
class Served:
    """An application: `module:callable`, and by which framework it was known."""

    name: str
    framework: str
    settings: str = ""

    @property
    def server(self) -> str:
        """Return the package that answers its requests, as `serve` wants it."""
        return "uvicorn" if self.framework in ASYNCHRONOUS else "waitress"


@dataclass(frozen=True)
class Found:
    """What was found; paths are relative to the repository, folders without their slash."""

    name: str
    folder: str
    groups: tuple[str, ...]
    """The `.in` files that are there, by their stems."""
    loose: tuple[str, ...]
    """Files of requirements that are not `.in` files of the folder, and become groups."""
    known: tuple[tuple[str, str], ...]
    """Each file of requirements, and the group that it is, becomes or was made of."""
    project: bool
    """True if pyproject.toml says what the project requires."""
    extras: tuple[str, ...]
    shared: tuple[tuple[str, tuple[str, ...]], ...]
    """The `[dependency-groups]` of pyproject.toml (PEP 735), as lines of an `.in` file."""
    elsewhere: tuple[str, ...]
    """Sentences about requirements that are not taken over."""
    pythons: tuple[str, ...]
    packages: tuple[str, ...]
    """Top folders and modules of the sources."""
    sources: str
    """The folder from which they are imported, "" for the top."""
    wants: frozenset[str]
    """The names of all required packages."""
    tests: tuple[str, ...]
    """The folders of the tests: at the top, or else in the packages."""
    catalogs: str
    """A folder of a package with catalogs that people write."""
    settings: frozenset[str]
    """The names of all files at the top."""
    served: Served | None
    manage: bool
    package_json: tuple[str, ...]
    npm_lock: bool
    bundler: Bundler | None
    styles: tuple[str, ...]
    storage: Storage
    docs: str
    targets: tuple[str, ...]
    """The targets of the Makefile."""
    services: tuple[str, ...]
    """The services of the compose file."""

    @property
    def is_django(self) -> bool:
        """True if Django's own commands can be run: its settings are known."""
        return bool(self.served and self.served.settings)


def look(root: Path) -> Found:
    """Return what is found in a repository; raise BuildError for a file that says nothing that can be read."""
    settings = _settings(root)
    project = table(settings.get("project"))
    sources = "src" if any(_is_package(path) for path in listed(root / "src")) else ""
    packages = tuple(_packages(root / sources))
    served = _served(root, sources, packages)
    return Found(
        name=re.sub(r"\W+", "_", str(project.get("name") or root.resolve().name)).lower(),
        **_required(root, settings, project),
        pythons=_pythons(root, settings),
        packages=packages,
        sources=sources,
        tests=tuple(_tests(root, sources, packages)),
        catalogs=_catalogs(root, sources, packages),
        settings=frozenset(path.name for path in listed(root) if path.is_file()),
        served=served,
        manage=(root / "manage.py").is_file(),
        package_json=tuple(_package_json(root)),
        npm_lock=(root / "package-lock.json").is_file(),
        bundler=bundler(root),
        styles=tuple(styles(root)),
        storage=storage(root, served.settings if served else ""),
        docs=_docs(root),
        targets=tuple(_targets(root)),
        services=tuple(_services(root)),
    )


def _required(root: Path, settings: dict, project: dict) -> dict[str, Any]:
    """Return the fields of `Found` that tell of requirements."""
    is_said = bool(project) and not is_dynamic(project)
    folder, groups = _groups(root)
    extras, shared = _extras(project), () if groups else tuple(_shared(settings))
    own = ("main", *extras) if is_said and not groups else groups
    loose = sorted_out(root, folder, (*own, *(name for name, _ in shared)))
    is_known = groups or (loose.taken and not is_said)
    files = [*(root / folder / f"{group}.in" for group in groups), *(root / path for path in loose.taken)]
    return {
        "folder": folder,
        "groups": groups,
        "loose": loose.taken,
        "known": tuple(loose.known),
        "project": is_said,
        "extras": extras,
        "shared": shared,
        "elsewhere": (*(() if is_known else elsewhere(root, settings, folder)), *loose.left),
        "wants": frozenset(_names(files, project, shared)),
    }


def _package_json(root: Path) -> Iterator[str]:
    """Yield each package.json, that of the top first."""
    if (root / "package.json").is_file():
        yield "package.json"
    for path in sorted(root.glob("*/package.json")):
        if not _is_skipped(path.parent):
            yield shown(root, path)


def _settings(root: Path) -> dict:
    """Return what pyproject.toml says, nothing if there is none."""
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BuildError(
            f"it cannot be read: {error}", "pyproject.toml", "Correct it, then run it again."
        ) from None


def _extras(project: dict) -> tuple[str, ...]:
    extras = tuple(table(project.get("optional-dependencies")))
    for each in extras:
        if not NAME.fullmatch(each) or each in RESERVED:
            what = f"the extra '{each}' cannot be a group of the locks"
            raise BuildError(what, "pyproject.toml", "Give it another name, of letters, digits and '-'.")
    return extras


def _groups(root: Path) -> tuple[str, tuple[str, ...]]:
    """Return the folder with most `.in` files and their stems; where there are none, where they are to be."""
    folders = [
        *FOLDERS,
        *sorted(
            shown(root, path)
            for path in filter(is_literal, listed(root))
            if path.is_dir() and not _is_skipped(path) and len(path.name.split()) == 1
        ),
    ]
    for folder in dict.fromkeys(folders):
        is_usual = folder in FOLDERS
        names = [
            path.stem
            for path in listed(root / folder)
            if _is_group(path) and (is_usual or has_requirements(path))
        ]
        if names:
            return folder, tuple(sorted(names))
    return "requirements", ()


def _is_group(path: Path) -> bool:
    is_named = path.suffix == ".in" and path.stem not in ("MANIFEST", CONSTRAINTS)
    return is_named and path.is_file() and bool(NAME.fullmatch(path.stem))


def _pythons(root: Path, settings: dict) -> tuple[str, ...]:
    """Return the versions that the project admits, by [project] or by Poetry's own table, of those that are served."""
    said = table(settings.get("project")).get("requires-python", "")
    if not said:
        poetry = table(table(settings.get("tool")).get("poetry"))
        said = as_standard(str(table(poetry.get("dependencies")).get("python", "")))
    return admitted(str(said), root)


def _shared(settings: dict) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the `[dependency-groups]`, with `-r` for a group that another one takes in."""
    tables = {
        name: each for name, each in table(settings.get("dependency-groups")).items() if NAME.fullmatch(name)
    }
    groups = {_normal(name): f"{name}-own" if name in RESERVED else name for name in tables}
    for name, lines in tables.items():
        said = [_taken_in(line, groups) for line in lines] if isinstance(lines, list) else []
        yield groups[_normal(name)], tuple(texts(said))


def _taken_in(line: object, groups: Mapping[str, str]) -> object:
    other = groups.get(_normal(str(table(line).get("include-group"))))
    return f"-r {other}.in" if other else line


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _packages(folder: Path) -> Iterator[str]:
    """Yield the folders that hold modules, and the modules next to them, tests and settings of tools left out."""
    for path in filter(is_literal, listed(folder)):
        if path.name in ("tests", "test", "setup.py", "conftest.py", "dodo.py", "noxfile.py", "manage.py"):
            continue
        if _is_package(path) or (
            path.suffix == ".py" and path.is_file() and not path.name.startswith("test_")
        ):
            yield path.name


def _tests(root: Path, sources: str, packages: Iterable[str]) -> Iterator[str]:
    top = [each for each in ("tests", "test") if (root / each).is_dir()]
    inside = [root / sources / package / name for package in packages for name in ("tests", "test")]
    yield from top or [shown(root, path) for path in inside if path.is_dir()]


def _catalogs(root: Path, sources: str, packages: Iterable[str]) -> str:
    found = (path for package in packages for path in (root / sources / package).glob("*/*/LC_MESSAGES/*.po"))
    first = min(found, default=None)
    return shown(root, first.parents[2]) if first else ""


def _is_package(path: Path) -> bool:
    return path.is_dir() and not _is_skipped(path) and is_file(path / "__init__.py")


def _is_skipped(path: Path) -> bool:
    return path.name.startswith(".") or path.name in NOT_SOURCES


def _names(
    paths: Iterable[Path], project: dict, shared: Iterable[tuple[str, tuple[str, ...]]]
) -> Iterator[str]:
    """Yield the normalized names of what files and the project require."""
    lines = [line for path in paths if path.is_file() for line in text_of(path).splitlines()]
    lines += texts(project.get("dependencies"))
    lines += [line for each in table(project.get("optional-dependencies")).values() for line in texts(each)]
    lines += [line for _, each in shared for line in each]
    for line in lines:
        if found := re.match(r"\s*([A-Za-z0-9][\w.-]*)", line):
            yield _normal(found[1])


def _served(root: Path, sources: str, packages: Iterable[str]) -> Served | None:
    """Return the application, if a file says which it is."""
    manage = root / "manage.py"
    if manage.is_file() and (found := SETTINGS.search(manage.read_text("utf-8", "replace"))):
        return Served(f"{found[1].split('.')[0]}.wsgi:application", "Django", found[1])
    for package in packages:
        base = root / sources / package
        for path in filter(Path.is_file, sorted(base.glob("*.py")) if base.is_dir() else [base]):
            text = path.read_text("utf-8", "replace")
            module = ".".join(path.relative_to(root / sources).with_suffix("").parts).removesuffix(
                ".__init__"
            )
            if found := APPLICATION.search(text):
                return Served(f"{module}:{found[1]}", found[2])
            if (found := FACTORY.search(text)) and found[1] != "main":
                return Served(f"{module}:{found[1]}()", "Flask" if "flask" in text.lower() else "a factory")
    return None


def _docs(root: Path) -> str:
    """Return the settings of the documentation: Sphinx's conf.py or mkdocs.yml."""
    places = ("docs/conf.py", "doc/conf.py", "docs/source/conf.py", "mkdocs.yml", "mkdocs.yaml")
    return next((each for each in places if (root / each).is_file()), "")


def _targets(root: Path) -> Iterator[str]:
    path = next(
        (root / name for name in ("Makefile", "makefile", "GNUmakefile") if (root / name).is_file()), None
    )
    if path:
        yield from dict.fromkeys(
            re.findall(r"^([a-z][\w-]*):(?!=)", path.read_text("utf-8", "replace"), re.MULTILINE)
        )


def _services(root: Path) -> Iterator[str]:
    path = next((root / name for name in COMPOSE if (root / name).is_file()), None)
    if path:
        _, _, after = path.read_text("utf-8", "replace").partition("services:\n")
        block = re.split(r"^\S", after, maxsplit=1, flags=re.MULTILINE)[0]
        yield from re.findall(r"^  ([\w-]+):", block, re.MULTILINE)
