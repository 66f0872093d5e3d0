"""Scratch: an index of a measurement's own: a database, a folder of files, the settings of production."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
HOST = "index.example.org"  # production answers to its own name only


def start_server() -> None:
    """Run this very program once more below a database server if there is none, and end with it."""
    if "DATABASE_URL" in os.environ:
        return
    from buildgraph.rooms import database

    command = [str(ROOT / ".venv/bin/python"), *sys.argv]
    arguments = database.Database("warehouse").for_tests(command)
    sys.exit(subprocess.run([sys.executable, *arguments[1:]], cwd=ROOT, check=False).returncode)


@contextmanager
def own_index() -> Iterator[dict[str, str]]:
    """Make an empty index, and drop it afterwards; yield the environment of its commands."""
    from sqlalchemy.engine import make_url

    from tests.e2e.application.production import production

    with own_database() as url, tempfile.TemporaryDirectory(prefix="index-") as files:
        environment = production(make_url(url), Path(files))
        run(environment, "-m", "alembic", "upgrade", "head")
        yield environment


@contextmanager
def own_database() -> Iterator[str]:
    """Make a database, and drop it afterwards."""
    import psycopg
    from sqlalchemy.engine import make_url

    server = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    url = server.set(database=f"warehouse_bench_{os.getpid()}")
    address = server.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{url.database}"')
        try:
            yield url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        finally:
            admin.execute(f'DROP DATABASE "{url.database}" WITH (FORCE)')


def run(environment: dict[str, str], *words: str) -> None:
    """Run a command that has to succeed."""
    subprocess.run([sys.executable, *words], env=environment, cwd=ROOT, check=True)
