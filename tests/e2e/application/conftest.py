"""A database of a worker's own, with a person in it, and what the processes that serve it are told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from tests.e2e.application.production import SECRET, production
from tests.warehouse.conftest import server
from tests.warehouse.databases import worker_database
from tests.warehouse.factories import make_person
from warehouse.db import open_engine
from warehouse.tokens.services import create_token

__all__ = ["server"]


@dataclass(frozen=True)
class Place:
    """Where processes find database and files, and the token of `alice`, whose password is PASSWORD."""

    url: URL
    environment: dict[str, str]
    token: str


@pytest.fixture(scope="session")
def database_of_processes(server: URL, request: pytest.FixtureRequest) -> Iterator[URL]:
    """This worker's database, beside the one that tests of warehouse/ have."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with worker_database(server, f"processes_{worker}") as url:
        yield url


@pytest.fixture
def place(database_of_processes: URL, tmp_path: Path) -> Iterator[Place]:
    """An empty index; its tables are emptied afterwards."""
    engine = open_engine(database_of_processes)
    with Session(engine) as session:
        _, token = create_token(session, SECRET, make_person(session))
        session.commit()
    yield Place(database_of_processes, production(database_of_processes, tmp_path / "files"), token)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects, retired, events RESTART IDENTITY CASCADE"))
        connection.execute(text("TRUNCATE queue.procrastinate_jobs, queue.procrastinate_workers CASCADE"))
    engine.dispose()
