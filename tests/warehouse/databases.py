"""Databases for tests: one template, migrated once, and a copy of it for every worker.

The template is named by the digest of the migrations, so it is made again only when they change and serves
all workers and all later runs. An advisory lock on the server orders those who make, copy and tidy. A worker
keeps a connection to its own database for as long as it runs: a database without one was left by a run that
was killed, and PostgreSQL itself refuses to drop one that is in use.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.orm import Session

from buildgraph.rooms.database import Database
from warehouse.db import open_engine
from warehouse.errors import WarehouseError
from warehouse.settings import database_url

ROOT = Path(__file__).parents[2]
MIGRATIONS = ROOT / "warehouse" / "migrations"
TEMPLATE = "warehouse_template_"
WORKER = "warehouse_test_"
RUN = "Run the tests with 'doit test', which starts a database."
HOLD = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"
LOCK = 7_305_201_116  # any number that no other program takes


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for the application's migrations on a connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def started_server() -> Iterator[dict[str, str]]:
    """Have the graph's own server for tests run, as `doit test` does; yield the variable that names it.

    A process holds it until its standard input is closed: by the end of this one, however it ends.
    """
    command = Database("warehouse").for_tests([sys.executable, "-c", HOLD])
    holder = subprocess.Popen(
        [sys.executable, *command[1:]],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = holder.stdout.readline().strip()
        if not url:
            said = (holder.communicate()[1].strip().splitlines() or ["nothing was said"])[-1]
            raise WarehouseError(f"PostgreSQL does not run: {said.removeprefix('error: ').rstrip('.')}", RUN)
        yield {"DATABASE_URL": url}
    finally:
        holder.communicate()


def refuse_missing_server(environ: Mapping[str, str]) -> None:
    """Raise WarehouseError unless the server of DATABASE_URL answers."""
    try:
        psycopg.connect(_conninfo(database_url(environ).set(database="postgres"))).close()
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[0]
        raise WarehouseError(f"cannot reach the server of DATABASE_URL: {said}", RUN) from None


@contextmanager
def worker_database(server: URL, worker: str) -> Iterator[URL]:
    """Yield a migrated database of the worker's own, dropped afterwards."""
    url = server.set(database=f"{WORKER}{worker}_{os.getpid()}")
    with _locked(server) as admin:
        _tidy(admin)
        admin.execute(f'CREATE DATABASE "{url.database}" TEMPLATE "{_template(admin, server)}"')
        lease = psycopg.connect(_conninfo(url))
    try:
        yield url
    finally:
        lease.close()
        with _locked(server) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')


@contextmanager
def _locked(server: URL) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_conninfo(server.set(database="postgres")), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield admin


def _tidy(admin: psycopg.Connection) -> None:
    """Drop what no process uses: databases of killed runs, templates of other migrations.

    PostgreSQL waits five seconds for those who use a database before it refuses to drop it: those are not asked for.
    """
    used = "SELECT 1 FROM pg_stat_activity AS process WHERE process.datid = pg_database.oid"
    idle = f"SELECT datname FROM pg_database WHERE NOT datistemplate AND NOT EXISTS ({used})"
    for (name,) in admin.execute(idle).fetchall():
        if name.startswith(WORKER) or (name.startswith(TEMPLATE) and name != _template_name()):
            with suppress(psycopg.errors.ObjectInUse):
                admin.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _template(admin: psycopg.Connection, server: URL) -> str:
    """Return the name of the template, made now if it is missing."""
    name = _template_name()
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        unfinished = f"{WORKER}unfinished_template"
        admin.execute(
            f'DROP DATABASE IF EXISTS "{unfinished}" WITH (FORCE)'
        )  # of a run that was killed just now
        admin.execute(f'CREATE DATABASE "{unfinished}"')
        _migrate(server.set(database=unfinished))
        admin.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    return name


def _template_name() -> str:
    digest = hashlib.sha256()
    for path in sorted([*MIGRATIONS.rglob("*.py"), *MIGRATIONS.rglob("*.sql")]):
        digest.update(path.read_bytes())
    return TEMPLATE + digest.hexdigest()[:16]


def _migrate(url: URL) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    engine.dispose()


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def wait_for_a_lock(session: Session) -> None:
    """Return once another connection waits for what this session has locked."""
    waiting_for = text("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    for _ in range(1000):
        if session.scalar(waiting_for):
            return
        sleep(0.01)
    pytest.fail("nobody waits")
