"""Found: what a repository says of itself, as far as files say it: its requirements, tests, application, front end and documentation."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from buildgraph.errors import BuildError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions that the library and its locks serve."""
FOLDERS = ("requirements", "reqs", "deps", "dependencies", "etc/requirements", "config/requirements")
"""Where requirements are looked for when they are not at the top, the usual place first; others are found by their names."""
ASYNCHRONOUS = frozenset(("FastAPI", "Starlette", "Quart", "Sanic", "Litestar"))
NAME = re.compile(r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?", re.ASCII)
"""What can be the name of a group, and so of a file."""
CONSTRAINTS = "constraints"
RESERVED = frozenset((CONSTRAINTS, "build", "node"))
"""Groups of which `init` writes files of its own, and what all groups are held to."""
NOT_SOURCES = frozenset(
    ("node_modules", "build", "dist", "venv", "env", "docs", "doc", "requirements", "__pycache__")
)
FACTORY = re.compile(r"^def (create_app|make_app|main)\(", re.MULTILINE)
APPLICATION = re.compile(
    r"^(\w+)(?::[^=\n]+)? = (?:flask\.)?(Flask|FastAPI|Starlette|Quart|Sanic|Litestar|Bottle)\(", re.MULTILINE
)
SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE['\"],\s*['\"]([\w.]+)['\"]")
WRITES = re.compile(
    r"\bdest\(\s*['\"]([^'\"]+)['\"]|path:\s*(?:path\.(?:resolve|join)\(\s*__dirname,\s*)?['\"]([^'\"]+)['\"]"
)
READS = re.compile(r"\bsrc\(\s*\[?\s*['\"]([^'\"*]+)|entry:\s*['\"]([^'\"]+)['\"]")
BUNDLERS = {
    "webpack": ("webpack.config.js", "webpack.config.mjs", "webpack.config.cjs"),
    "gulp": ("gulpfile.js", "gulpfile.mjs", "gulpfile.cjs", "Gulpfile.js"),
    "vite": ("vite.config.js", "vite.config.mjs", "vite.config.ts"),
    "rollup": ("rollup.config.js", "rollup.config.mjs"),
}
SCRIPTS = {
    "webpack": "node_modules/webpack/bin/webpack.js",
    "gulp": "node_modules/gulp/bin/gulp.js",
    "vite": "node_modules/vite/bin/vite.js",
    "rollup": "node_modules/rollup/dist/bin/rollup",
}


@dataclass(frozen=True)
class Bundler:
    """Another program that makes the front end: its configuration, its script, what it reads and where it writes."""

    name: str
    settings: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def script(self) -> str:
        """Return the program, below node_modules."""
        return SCRIPTS[self.name]


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
    """Files of requirements that are not `.in` files."""
    project: bool
    extras: tuple[str, ...]
    pythons: tuple[str, ...]
    packages: tuple[str, ...]
    """Top folders and modules of the sources."""
    sources: str
    """The folder from which they are imported, "" for the top."""
    wants: frozenset[str]
    """The names of all required packages."""
    tests: tuple[str, ...]
    settings: frozenset[str]
    """The names of all files at the top."""
    served: Served | None
    manage: bool
    package_json: tuple[str, ...]
    npm_lock: bool
    bundler: Bundler | None
    styles: tuple[str, ...]
    alembic: str
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
    project = _project(root)
    folder, groups = _groups(root)
    loose = _loose(root, folder)
    sources = "src" if any(_is_package(path) for path in _listed(root / "src")) else ""
    packages = tuple(_packages(root / sources))
    texts = [*(root / folder / f"{group}.in" for group in groups), *(root / path for path in loose)]
    wants = frozenset(_names(texts, project))
    made = [path for path in root.glob("*/package.json") if not _is_skipped(path.parent)]
    shallow = [root / "package.json"] if (root / "package.json").is_file() else []
    package_json = tuple(_shown(root, path) for path in [*shallow, *sorted(made)])
    return Found(
        name=re.sub(r"\W+", "_", str(project.get("name") or root.resolve().name)).lower(),
        folder=folder,
        groups=groups,
        loose=loose,
        project=bool(project),
        extras=_extras(project),
        pythons=_pythons(str(project.get("requires-python", "")), root),
        packages=packages,
        sources=sources,
        wants=wants,
        tests=tuple(each for each in ("tests", "test") if (root / each).is_dir()),
        settings=frozenset(path.name for path in _listed(root) if path.is_file()),
        served=_served(root, sources, packages),
        manage=(root / "manage.py").is_file(),
        package_json=package_json,
        npm_lock=(root / "package-lock.json").is_file(),
        bundler=_bundler(root),
        styles=tuple(_styles(root)),
        alembic=_alembic(root),
        docs=_docs(root),
        targets=tuple(_targets(root)),
        services=tuple(_services(root)),
    )


def _project(root: Path) -> dict:
    """Return the `[project]` of pyproject.toml, nothing if there is none."""
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        return _table(tomllib.loads(path.read_text("utf-8")).get("project"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError(
            f"it cannot be read: {error}", "pyproject.toml", "Correct it, then run it again."
        ) from None


def _extras(project: dict) -> tuple[str, ...]:
    extras = tuple(_table(project.get("optional-dependencies")))
    for each in extras:
        if not NAME.fullmatch(each) or each in RESERVED:
            what = f"the extra '{each}' cannot be a group of the locks"
            raise BuildError(what, "pyproject.toml", "Give it another name, of letters, digits and '-'.")
    return extras


def _table(found: object) -> dict:
    return found if isinstance(found, dict) else {}


def _texts(found: object) -> list[str]:
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def text_of(path: Path) -> str:
    """Return a file's text; a lone surrogate or a null stays out of what is written, since it is refused here."""
    content = path.read_bytes()
    if b"\0" in content:
        raise BuildError("it is not UTF-8", path.name, "Save it as UTF-8, then run it again.")
    return content.decode("utf-8-sig", "replace")


def _groups(root: Path) -> tuple[str, tuple[str, ...]]:
    """Return the folder with most `.in` files and their stems; where there are none, where they are to be."""
    folders = [
        *FOLDERS,
        *sorted(_shown(root, path) for path in root.iterdir() if path.is_dir() and not _is_skipped(path)),
    ]
    for folder in dict.fromkeys(folders):
        if names := sorted(
            path.stem for path in _listed(root / folder) if path.suffix == ".in" and _is_group(path)
        ):
            return folder, tuple(names)
    return "requirements", ()


def _is_group(path: Path) -> bool:
    return path.is_file() and path.stem not in ("MANIFEST", CONSTRAINTS) and bool(NAME.fullmatch(path.stem))


def _loose(root: Path, folder: str) -> tuple[str, ...]:
    """Return requirements*.in and .txt at the top, and .txt files of a folder without `.in` files."""
    top = [
        path
        for path in _listed(root)
        if path.is_file() and path.name.startswith("requirements") and path.suffix in (".in", ".txt")
    ]
    inside = _listed(root / folder)
    others = (
        []
        if any(path.suffix == ".in" for path in inside)
        else [path for path in inside if path.suffix == ".txt" and path.is_file()]
    )
    return tuple(_shown(root, path) for path in (*top, *others) if CONSTRAINTS not in path.stem)


def _pythons(said: str, root: Path) -> tuple[str, ...]:
    """Return the versions that `requires-python` admits, of those that are served."""
    least = re.search(r">=?\s*3\.(\d+)", said)
    below = re.search(r"<\s*3\.(\d+)", said)
    fits = [
        each
        for each in PYTHONS
        if (not least or int(each[2:]) >= int(least[1])) and (not below or int(each[2:]) < int(below[1]))
    ]
    if not fits:
        what = f"requires-python is '{said}', and the library serves Python {PYTHONS[0]} to {PYTHONS[-1]}"
        raise BuildError(what, "pyproject.toml", "Admit one of these versions.")
    pin = root / ".python-version"
    pinned = ".".join(pin.read_text("utf-8", "replace").strip().split(".")[:2]) if pin.is_file() else ""
    return tuple([pinned] if pinned in fits else fits)


def _packages(folder: Path) -> Iterator[str]:
    """Yield the folders that hold modules, and the modules next to them, tests and settings of tools left out."""
    for path in _listed(folder):
        if path.name in ("tests", "test", "setup.py", "conftest.py", "dodo.py", "noxfile.py", "manage.py"):
            continue
        if _is_package(path) or (
            path.suffix == ".py" and path.is_file() and not path.name.startswith("test_")
        ):
            yield path.name


def _is_package(path: Path) -> bool:
    return path.is_dir() and not _is_skipped(path) and (path / "__init__.py").is_file()


def _is_skipped(path: Path) -> bool:
    return path.name.startswith(".") or path.name in NOT_SOURCES


def _names(paths: Iterable[Path], project: dict) -> Iterator[str]:
    """Yield the normalized names of what files and the project require."""
    lines = [line for path in paths if path.is_file() for line in text_of(path).splitlines()]
    lines += _texts(project.get("dependencies"))
    lines += [line for each in _table(project.get("optional-dependencies")).values() for line in _texts(each)]
    for line in lines:
        if found := re.match(r"\s*([A-Za-z0-9][\w.-]*)", line):
            yield re.sub(r"[-_.]+", "-", found[1]).lower()


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


def _bundler(root: Path) -> Bundler | None:
    for name, files in BUNDLERS.items():
        for file in files:
            if (root / file).is_file():
                text = (root / file).read_text("utf-8", "replace")
                reads = {_folder(next(filter(None, found.groups()))) for found in READS.finditer(text)}
                writes = {_plain(next(filter(None, found.groups()))) for found in WRITES.finditer(text)}
                reads, writes = reads - {""}, writes - {""}
                # One that writes among its sources says nothing of what is made: `init` leaves it to a person.
                is_mixed = any(f"{read}/".startswith(f"{each}/") for each in writes for read in reads)
                is_outside = any(each.startswith("..") for each in (*reads, *writes))
                return Bundler(
                    name, file, tuple(sorted(reads)), () if is_mixed or is_outside else tuple(sorted(writes))
                )
    return None


def _folder(path: str) -> str:
    """Return the first folder of what a bundler reads."""
    return _plain(path if path.endswith("/") else os.path.dirname(path))


def _plain(path: str) -> str:
    """Return a path of the repository without its slashes, ".." for one outside of it, "" for the top."""
    if path.startswith(("/", "~")):
        return ".."
    return (
        os.path.normpath(path).replace(os.sep, "/").strip("/")
        if path.strip("./")
        else ".."
        if ".." in path
        else ""
    )


def _styles(root: Path) -> Iterator[str]:
    """Yield the SCSS files, without partials, of the folders that usually hold them."""
    for pattern in ("static/**/*.scss", "*/static/**/*.scss", "assets/**/*.scss", "scss/**/*.scss"):
        for path in sorted(root.glob(pattern)):
            if not path.name.startswith("_") and "node_modules" not in path.parts:
                yield _shown(root, path)


def _alembic(root: Path) -> str:
    if (root / "alembic.ini").is_file():
        return "alembic.ini"
    path = root / "pyproject.toml"
    return (
        "pyproject.toml" if path.is_file() and "[tool.alembic]" in path.read_text("utf-8", "replace") else ""
    )


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
    names = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
    path = next((root / name for name in names if (root / name).is_file()), None)
    if path:
        _, _, after = path.read_text("utf-8", "replace").partition("services:\n")
        block = re.split(r"^\S", after, maxsplit=1, flags=re.MULTILINE)[0]
        yield from re.findall(r"^  ([\w-]+):", block, re.MULTILINE)


def npm_packages(root: Path) -> frozenset[str]:
    """Return the packages that package.json at the top names."""
    said = _package_json(root)
    return frozenset({*_table(said.get("dependencies")), *_table(said.get("devDependencies"))})


def npm_scripts(root: Path) -> dict[str, str]:
    """Return name → command line of the scripts of package.json at the top."""
    scripts = _table(_package_json(root).get("scripts"))
    return {name: text for name, text in scripts.items() if isinstance(text, str)}


def _package_json(root: Path) -> dict:
    path = root / "package.json"
    if not path.is_file():
        return {}
    try:
        return _table(json.loads(path.read_text("utf-8-sig")))
    except ValueError as error:
        what = f"it cannot be read: {error}"
        raise BuildError(what, "package.json", "Correct it, then run it again.") from None


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
