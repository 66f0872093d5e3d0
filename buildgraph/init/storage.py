"""Storage: the database of a repository, as its migrations, its requirements and its compose file say it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from buildgraph.init.said import shown, text_of

ALEMBIC = ("alembic.ini", "pyproject.toml")
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
PLACE = re.compile(r"""^script_location\s*=\s*["']?(?:%\(here\)s/)?([^"'\s]+)""", re.MULTILINE)
VARIABLE = re.compile(
    r"""(?:environ(?:\.get)?|getenv)\s*[\[(]\s*["'](\w*(?:URL|URI|DSN|DATABASE|DB)\w*)["']"""
)
SERVICE = re.compile(r"^  ([\w-]+):\n((?:    .*\n|\s*\n)+)", re.MULTILINE)
POSTGRES = re.compile(
    r"^    image:\s*[\"']?(?:[\w./-]+/)?(?:postgres|postgis|timescaledb|pgvector)\b", re.MULTILINE
)
SAID = r"POSTGRES_{}\s*[:=]\s*[\"']?([\w.@-]+)[\"']?\s*$"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of compose: its service, and how one logs in."""

    service: str
    user: str
    password: str


@dataclass(frozen=True)
class Storage:
    """What is said of a database: the file with Alembic's settings, the variables that its env.py reads, and compose's server."""

    settings: str = ""
    variables: tuple[str, ...] = ()
    server: Server | None = None
    django: str = ""
    """Django's settings, if they name PostgreSQL."""
    others: tuple[str, ...] = ()
    """Settings of Alembic in folders."""

    @property
    def variable(self) -> str:
        """Return the variable that has the address."""
        return self.variables[0] if len(self.variables) == 1 else "DATABASE_URL"


def storage(root: Path, django: str) -> Storage:
    """Return what a repository says of its database; `django` is the module of Django's settings, "" for none."""
    settings = next((name for name in ALEMBIC if _is_alembics(root / name)), "")
    module = django.replace(".", "/")
    places = [f"{module}.py", f"{module}/__init__.py", f"{module}/base.py"] if module else []
    if (folder := os.path.dirname(module)).endswith("settings"):
        places += [f"{folder}/base.py", f"{folder}/common.py", f"{folder}/__init__.py"]
    named = [path for path in places if (root / path).is_file() and _names_postgresql(text_of(root / path))]
    variables = tuple(_variables(root, settings)) if settings else ()
    others = tuple(sorted(shown(root, path) for path in root.glob("*/alembic.ini") if path.is_file()))
    return Storage(settings, variables, _server(root), named[0] if named else "", others)


def _is_alembics(path: Path) -> bool:
    return path.is_file() and (
        path.suffix == ".ini" or "[tool.alembic]" in path.read_text("utf-8", "replace")
    )


def _names_postgresql(text: str) -> bool:
    return bool(re.search(r"postgresql|dj_database_url|env\.(?:dj_)?db(?:_url)?\(", text))


def _variables(root: Path, settings: str) -> Iterator[str]:
    """Yield the variables that look like an address in the env.py of the migrations."""
    found = PLACE.search(text_of(root / settings))
    path = root / os.path.normpath(found[1] if found else "migrations") / "env.py"
    if path.is_file():
        yield from dict.fromkeys(VARIABLE.findall(text_of(path)))


def _server(root: Path) -> Server | None:
    """Return the first service of compose with an image of PostgreSQL whose login is said plainly."""
    path = next((root / name for name in COMPOSE if (root / name).is_file()), None)
    for name, text in SERVICE.findall(f"{text_of(path)}\n") if path else ():
        password = re.search(SAID.format("PASSWORD"), text, re.MULTILINE)
        if POSTGRES.search(text) and password and "5432" in text:
            user = re.search(SAID.format("USER"), text, re.MULTILINE)
            return Server(name, user[1] if user else "postgres", password[1])
    return None
