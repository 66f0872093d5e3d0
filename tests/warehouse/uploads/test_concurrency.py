"""Uploads at the same time, on connections of their own, end as if one had come after the other."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp

from tests.warehouse.databases import wait_for_a_lock
from tests.warehouse.factories import basic, make_project, make_user, make_wheel, upload_fields
from warehouse.config import configure
from warehouse.projects.models import File
from warehouse.projects.services import find_project, last_serial, refresh_project
from warehouse.settings import Settings
from warehouse.tokens.services import create_token

PARALLEL = 6


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The settings, with a folder for the files that no other test has used."""
    return replace(settings, files=tmp_path / "files")


@pytest.fixture
def password(engine: Engine, settings: Settings) -> Iterator[str]:
    """A token that all connections see; every table is emptied afterwards."""
    with Session(engine) as session:
        _, password = create_token(session, settings.secret, make_user(session))
        session.commit()
    yield password
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE users, projects RESTART IDENTITY CASCADE"))
        connection.execute(text("TRUNCATE queue.procrastinate_jobs CASCADE"))


@pytest.fixture
def live_app(settings: Settings) -> Iterator[TestApp]:
    """An application with connections of its own."""
    config = configure(settings)
    yield TestApp(config.make_wsgi_app())
    config.registry.engine.dispose()


def upload_together(
    app: TestApp, password: str, uploads: list[tuple[str, bytes]], names: Sequence[str] = ()
) -> list[tuple[int, str]]:
    """Upload all files at the same moment; return the statuses and what is said, sorted."""
    barrier = Barrier(len(uploads))

    def upload(number: int) -> tuple[int, str]:
        filename, content = uploads[number]
        fields = upload_fields(content, name=names[number] if names else "sample")
        files = [("content", filename, content)]
        barrier.wait()
        answer = app.post("/legacy/", fields, headers=basic(password), upload_files=files, status="*")
        return answer.status_int, answer.text

    with ThreadPoolExecutor(len(uploads)) as pool:
        return sorted(pool.map(upload, range(len(uploads))))


def stored(files: Path) -> list[str]:
    """List the names of all wheels in the store."""
    return sorted(path.name for path in files.rglob("*.whl"))


def test_one_of_many_equal_uploads_is_taken_and_the_others_are_told_that_it_is_here(
    live_app: TestApp, engine: Engine, settings: Settings, password: str
):
    filename = "sample-1.0-py3-none-any.whl"
    answers = upload_together(live_app, password, [(filename, make_wheel())] * PARALLEL)
    assert answers == [(200, "This file is here already.\n")] * (PARALLEL - 1) + [(200, "Uploaded.\n")]
    with Session(engine) as session:
        file = session.scalars(select(File)).one()
    assert (settings.files / file.path).read_bytes() == make_wheel()
    assert stored(settings.files) == [filename]


def test_one_of_many_uploads_by_one_name_wins_and_its_file_stays(
    live_app: TestApp, engine: Engine, settings: Settings, password: str
):
    filename = "sample-1.0-py3-none-any.whl"
    contents = [make_wheel(number=str(number)) for number in range(PARALLEL)]
    answers = upload_together(live_app, password, [(filename, content) for content in contents])
    assert [status for status, _ in answers] == [200] + [400] * (PARALLEL - 1), answers
    with Session(engine) as session:
        file = session.scalars(select(File)).one()
    assert (settings.files / file.path).read_bytes() in contents
    assert stored(settings.files) == [filename]


def test_of_new_projects_that_look_alike_one_is_made(
    live_app: TestApp, engine: Engine, settings: Settings, password: str
):
    names = ["lamp", "l-amp", "1amp", "iamp", "i-amp", "L_A_M_P"]
    uploads = [(f"{name.replace('-', '_')}-1.0-py3-none-any.whl", make_wheel(name)) for name in names]
    answers = upload_together(live_app, password, uploads, names)
    assert [status for status, _ in answers] == [200] + [400] * 5, answers
    assert all("is too similar to that of the project" in said for _, said in answers[1:])


def test_files_of_one_new_release_all_arrive(
    live_app: TestApp, engine: Engine, settings: Settings, password: str
):
    names = [f"sample-1.0-cp3{minor}-none-any.whl" for minor in range(10, 10 + PARALLEL)]
    answers = upload_together(live_app, password, [(name, make_wheel()) for name in names])
    assert [status for status, _ in answers] == [200] * PARALLEL, answers
    with Session(engine) as session:
        assert sorted(session.scalars(select(File.filename))) == names


def test_whoever_has_seen_a_serial_has_seen_all_lower_ones(engine: Engine, password: str):
    sessions = sessionmaker(engine)
    with sessions() as session:
        make_project(session, "one")
        make_project(session, "two")

    def change(name: str) -> int:
        with sessions.begin() as session:
            project = find_project(session, name)
            refresh_project(session, project)
            return project.serial

    with ThreadPoolExecutor(1) as pool, sessions() as first:
        project = find_project(first, "one")
        refresh_project(first, project)
        earlier = project.serial
        later = pool.submit(change, "two")
        wait_for_a_lock(first)
        with sessions() as other:
            assert last_serial(other) < earlier
        first.commit()
        assert later.result(timeout=10) > earlier
