"""The fixtures of the application's tests: a database that each test finds empty, the application on top of
it."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from pyramid.registry import Registry
from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session
from webtest import TestApp

import quarantine
from tests.warehouse.client import Client
from tests.warehouse.databases import refuse_missing_server, started_server, worker_database
from tests.warehouse.factories import make_user
from warehouse.accounts import passwords
from warehouse.config import assemble, configure
from warehouse.db import open_engine
from warehouse.errors import WarehouseError
from warehouse.files.storage import Storage
from warehouse.projects.models import Project
from warehouse.settings import Settings, database_url
from warehouse.tokens.models import Token
from warehouse.tokens.services import create_token

ASSETS = (
    "css/warehouse.css",
    "css/print.css",
    "js/warehouse.en.js",
    "js/warehouse.de.js",
    "js/warehouse.he.js",
    "js/warehouse.pl.js",
    "js/theme.js",
    "images/logo.svg",
    "images/favicon.svg",
    "fonts/source-sans-3-latin.woff2",
)


@pytest.fixture(autouse=True)
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what strangers wrote read in this process, where coverage sees it; test_quarantine.py asks real ones."""

    def ask(function: str, *arguments: str, more_seconds: float = 0) -> object:
        module, _, name = function.partition(":")
        return json.loads(json.dumps(getattr(import_module(module), name)(*arguments)))

    monkeypatch.setattr(quarantine, "ask", ask)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[URL]:
    """The PostgreSQL server of DATABASE_URL; where that is not set, as in an editor, the one of the graph."""
    with ExitStack() as running:
        try:
            given = os.environ if os.environ.get("DATABASE_URL") else running.enter_context(started_server())
            refuse_missing_server(given)
        except WarehouseError as problem:
            request.session.shouldfail = str(problem)  # the first test that needs a database is the last one
            pytest.fail(str(problem), pytrace=False)
        yield database_url(given)


@pytest.fixture(scope="session")
def own_database(server: URL, request: pytest.FixtureRequest) -> Iterator[URL]:
    """This worker's database."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with worker_database(server, worker) as url:
        yield url


@pytest.fixture(scope="session")
def engine(own_database: URL) -> Iterator[Engine]:
    """An engine on this worker's database."""
    engine = open_engine(own_database)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction is rolled back after the test."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def db(connection: Connection) -> Iterator[Session]:
    """A session within the test's transaction: its commits are savepoints."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        yield session


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built assets with the names that templates ask for, so that no test waits for a build."""
    folder = tmp_path_factory.mktemp("dist")
    manifest = {}
    for name in ASSETS:
        stem, ending = name.rsplit(".", 1)
        manifest[name] = f"{stem}.0a1b2c3d.{ending}"
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / manifest[name]).write_text(f"/* {name} */")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="session")
def settings(own_database: URL, assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the application under test."""
    folder = tmp_path_factory.mktemp("state")
    return Settings(database_url=own_database, files=folder / "files", mail=folder / "mail", assets=assets)


@pytest.fixture(scope="session")
def whole_application(settings: Settings) -> Iterator[tuple[object, Registry]]:
    """The application, configured once, and its registry."""
    config = configure(settings)
    yield assemble(config), config.registry
    config.registry.engine.dispose()


@pytest.fixture
def registry(whole_application: tuple[object, Registry], connection: Connection, tmp_path: Path) -> Registry:
    """The application's registry, with sessions in the test's transaction and files in the test's folder."""
    registry = whole_application[1]
    registry.sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
    registry.serials = SimpleNamespace(of=lambda name: _serial(connection, name))
    registry.storage = Storage(tmp_path / "files")
    return registry


def _serial(connection: Connection, name: str) -> str | None:
    """Return a project's serial as the test's transaction sees it."""
    serial = connection.scalar(select(Project.serial).where(Project.normalized_name == name))
    return serial and str(serial)


@pytest.fixture
def storage(registry: Registry) -> Storage:
    """The file store of the application under test."""
    return registry.storage


@pytest.fixture
def app(whole_application: tuple[object, Registry], registry: Registry) -> TestApp:
    """A client of the application under test."""
    return Client(whole_application[0])


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hash passwords with parameters that take no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def token(db: Session, settings: Settings) -> tuple[Token, str]:
    """An API token of the user `alice`, and its text."""
    made = create_token(db, settings.secret, make_user(db, "alice"))
    db.commit()
    return made
