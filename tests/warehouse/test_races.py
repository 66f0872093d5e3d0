"""Requests at the same time, on connections of their own: none is a 500, and the later one sees what the earlier one did."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from webtest import TestApp

from tests.warehouse.databases import wait_for_a_lock
from tests.warehouse.factories import (
    PASSWORD,
    basic,
    log_in,
    make_person,
    make_project,
    make_wheel,
    upload_fields,
)
from warehouse.accounts.models import User
from warehouse.config import configure
from warehouse.manage.services import delete_project
from warehouse.projects.models import Project, Role
from warehouse.projects.services import find_project
from warehouse.settings import Settings
from warehouse.tokens.services import create_token


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The settings, with a folder for the files that no other test has used."""
    return replace(settings, files=tmp_path / "files")


@pytest.fixture
def new_client(settings: Settings, engine: Engine) -> Iterator[Callable[[], TestApp]]:
    """A maker of clients of one application; every table is emptied afterwards."""
    config = configure(settings)
    application = config.make_wsgi_app()
    yield lambda: TestApp(application)
    config.registry.engine.dispose()
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects, retired, events RESTART IDENTITY CASCADE"))
        connection.execute(text("TRUNCATE queue.procrastinate_jobs CASCADE"))


@pytest.fixture
def shared(engine: Engine) -> Iterator[Session]:
    """A project of alice and bob that all connections see."""
    with Session(engine, expire_on_commit=False) as session:
        project = make_project(session, "sample")
        for username in ("alice", "bob"):
            session.add(Role(project=project, user=make_person(session, username), name="owner"))
        session.commit()
        yield session


def together(actions: list[Callable[[], int]]) -> list[int]:
    """Do all at the same moment; return their statuses, sorted."""
    barrier = Barrier(len(actions))

    def act(action: Callable[[], int]) -> int:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return sorted(pool.map(act, actions))


def manager(new_client: Callable[[], TestApp], who: str, action: str, **fields: str) -> Callable[[], int]:
    """Return what posts one of the forms of the project."""
    client = new_client()
    log_in(client, who)
    token = client.get("/manage/sample/").forms[1]["csrf_token"].value
    return lambda: (
        client.post(f"/manage/sample/{action}/", fields | {"csrf_token": token}, status="*").status_int
    )


def test_one_of_many_registrations_of_one_name_is_taken(new_client: Callable[[], TestApp], engine: Engine):
    def register(number: int) -> Callable[[], int]:
        client = new_client()
        fields = {"username": "alice", "email": f"{number}@example.org", "password": PASSWORD}
        token = client.get("/account/register/").forms["register"]["csrf_token"].value
        return lambda: (
            client.post("/account/register/", fields | {"csrf_token": token}, status="*").status_int
        )

    statuses = together([register(number) for number in range(4)])
    assert statuses[-1] == 303 and set(statuses[:-1]) <= {200, 429}, statuses
    with Session(engine) as session:
        assert len(session.scalars(select(User)).all()) == 1


def test_one_of_many_deletions_deletes(new_client: Callable[[], TestApp], shared: Session):
    statuses = together([manager(new_client, "alice", "delete-project", confirm="sample") for _ in range(6)])
    assert statuses == [303] + [404] * 5


def test_two_owners_cannot_remove_one_another(new_client: Callable[[], TestApp], shared: Session):
    pairs = (("alice", "bob"), ("bob", "alice"))
    assert together([manager(new_client, who, "remove-role", username=whom) for who, whom in pairs]) == [
        303,
        403,
    ]
    assert len(shared.scalars(select(Role.user_id).where(Role.name == "owner")).all()) == 1


def test_an_upload_that_waits_for_a_deletion_is_told_of_it(
    new_client: Callable[[], TestApp], shared: Session, settings: Settings, engine: Engine
):
    alice = shared.scalars(select(User).where(User.username == "alice")).one()
    _, password = create_token(shared, settings.secret, alice)
    shared.commit()
    client, wheel = new_client(), make_wheel(version="1.1")

    def upload() -> tuple[int, str]:
        files = [("content", "sample-1.1-py3-none-any.whl", wheel)]
        fields = upload_fields(wheel, version="1.1")
        answer = client.post("/legacy/", fields, headers=basic(password), upload_files=files, status="*")
        return answer.status_int, answer.text

    with ThreadPoolExecutor(1) as pool, Session(engine) as deleter:
        project = find_project(deleter, "sample")
        deleter.scalar(select(Project.id).where(Project.id == project.id).with_for_update())
        waiting = pool.submit(upload)
        wait_for_a_lock(deleter)
        delete_project(deleter, None, lambda *_: None, project)
        deleter.commit()
        assert waiting.result(timeout=10) == (
            400,
            "The project 'sample' was deleted; its name is not used again.\n",
        )
