"""Jobs are added with what makes them necessary, once, and done by the worker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.warehouse.databases import wait_for_a_lock
from tests.warehouse.factories import make_file, make_project, make_sdist, make_user, make_wheel
from warehouse.files.storage import Storage
from warehouse.jobs import queue, tasks
from warehouse.jobs.queue import add_job, job_app
from warehouse.jobs.worker import work
from warehouse.mail import services as mail
from warehouse.manage.services import delete_release
from warehouse.projects import descriptions
from warehouse.projects.models import Project, Release
from warehouse.projects.services import search
from warehouse.settings import Settings
from warehouse.uploads.extraction import extract_metadata


@pytest.fixture
def committed(engine: Engine) -> Iterator[Session]:
    """A session whose commits others see; the queue and the tables are emptied before and afterwards."""

    def empty() -> None:
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE users, projects, retired, events RESTART IDENTITY CASCADE"))
            connection.execute(text("TRUNCATE queue.procrastinate_jobs CASCADE"))

    empty()
    with Session(engine) as session:
        yield session
    empty()


def waiting(session: Session) -> list[str]:
    """List the jobs that wait."""
    return list(session.scalars(text("SELECT task_name FROM queue.procrastinate_jobs ORDER BY id")))


def test_a_job_is_added_with_its_transaction(committed: Session, settings: Settings):
    jobs = job_app(settings)
    add_job(jobs, committed, "index_project", project_id=1)
    committed.rollback()
    assert waiting(committed) == []
    add_job(jobs, committed, "index_project", project_id=1)
    add_job(jobs, committed, "index_project", project_id=1)
    add_job(jobs, committed, "index_project", project_id=2)
    committed.commit()
    assert waiting(committed) == ["warehouse:index_project"] * 2


def test_the_worker_indexes_and_sends_mail(committed: Session, settings: Settings):
    project = make_project(
        committed,
        "sample",
        description="A lantern for the way",
        core_metadata={"keywords": ["harbour"], "classifiers": ["Topic :: Games/Entertainment"]},
    )
    user = make_user(committed)
    jobs = job_app(settings)
    add_job(jobs, committed, "index_project", project_id=project.id)
    add_job(jobs, committed, "index_project", project_id=project.id + 1)
    add_job(jobs, committed, "send_mail", user_id=user.id, template="welcome", url="http://localhost/x")
    add_job(jobs, committed, "send_mail", user_id=user.id + 1, template="welcome", url="http://localhost/x")
    add_job(jobs, committed, "send_reset", email=user.email, url="http://localhost/-KEY-/")
    committed.commit()
    mail.open_mailbox(settings.mail).clear()
    work(settings, until_empty=True)
    assert waiting(committed) == []
    committed.expire_all()
    for words in ("lanterns", "harbour"):
        assert [each.name for each in search(committed, words).projects] == ["sample"]
    assert committed.scalar(select(Project.classifiers)) == ["Topic :: Games/Entertainment"]
    mails = mail.read_mails(settings.mail)
    assert sorted((each["to"], each["subject"]) for each in mails) == [
        ("alice@example.org", "A new password"),
        ("alice@example.org", "Welcome to Warehouse"),
    ]
    assert any("http://localhost/x" in each["text"] for each in mails)
    assert not any("KEY" in each["text"] for each in mails)


def test_what_the_database_has_no_room_for_is_not_indexed(committed: Session, settings: Settings):
    words = [f"word{number}" for number in range(200_000)]
    project = make_project(
        committed, "sample", core_metadata={"keywords": ["harbour", *words], "classifiers": ["a" * 8000, "b"]}
    )
    add_job(job_app(settings), committed, "index_project", project_id=project.id)
    committed.commit()
    work(settings, until_empty=True)
    assert waiting(committed) == []
    assert search(committed, "harbour").count == 1
    assert committed.scalar(select(Project.classifiers)) == ["b"]


def test_mail_goes_to_a_server_where_one_is_named(
    committed: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    sent: list[Any] = []

    class Server:
        def __init__(self, host: str, port: int) -> None:
            sent.append((host, port))

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *error: object) -> None: ...

        def send_message(self, message: Any) -> None:
            sent.append(message_from_bytes(message.as_bytes())["Subject"])

    monkeypatch.setattr(mail, "Server", Server)
    elsewhere = Settings(database_url=settings.database_url, files=settings.files, smtp="mail.example.org")
    user = make_user(committed)
    mail.send_mail(committed, elsewhere, user_id=user.id, template="password-changed", url="")
    assert sent == [("mail.example.org", 25), "Your password was changed"]


def test_a_failing_job_is_tried_again_later_and_holds_nobody_up(
    committed: Session, settings: Settings, caplog: pytest.LogCaptureFixture
):
    project = make_project(committed, "sample")
    away = make_file(committed, project.releases[0], "sample-1.0-py2-none-any.whl")
    damaged = make_file(committed, project.releases[0], "sample-1.0-py3-none-any.whl")
    storage = Storage(settings.files)
    storage.write(b"nonsense", damaged.path)
    good = make_file(committed, project.releases[0], "sample-1.0-cp311-none-any.whl")
    storage.write(make_wheel(), good.path)
    jobs = job_app(settings)
    for file in (away, damaged, good):
        add_job(jobs, committed, "extract_metadata", file_id=file.id)
    committed.commit()
    work(settings, until_empty=True)  # what the jobs themselves have added, too
    query = text("SELECT args, attempts, status, scheduled_at > now() FROM queue.procrastinate_jobs")
    assert [tuple(row) for row in committed.execute(query)] == [({"file_id": away.id}, 1, "todo", True)]
    assert "no metadata of 'sample-1.0-py3-none-any.whl'" in caplog.text
    committed.expire_all()
    assert [file.metadata_sha256 is not None for file in (away, damaged, good)] == [False, False, True]


def test_jobs_of_a_killed_worker_wait_again_and_equal_ones_are_one(committed: Session, settings: Settings):
    jobs = job_app(settings)
    for number in (1, 2, 3):
        add_job(jobs, committed, "index_project", project_id=number)
    workers = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - :age * interval '1 second') RETURNING id"
    killed, alive = (committed.scalar(text(workers), {"age": age}) for age in (queue.STALLED_SECONDS + 1, 1))
    begun = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE args->>'project_id' = :project"
    for worker, project in ((killed, "1"), (None, "2"), (alive, "3")):
        committed.execute(text(begun), {"worker": worker, "project": project})
    add_job(jobs, committed, "index_project", project_id=2)  # which covers the one that was begun
    committed.commit()

    tasks.take_up(committed, settings)
    committed.commit()

    found = committed.execute(
        text(
            "SELECT args->>'project_id', status, worker_id FROM procrastinate_jobs ORDER BY args->>'project_id'"
        )
    )
    assert [tuple(row) for row in found] == [
        ("1", "todo", None),
        ("2", "todo", None),
        ("3", "doing", alive),
        (None, "todo", None),
    ]
    work(settings, until_empty=True)
    assert waiting(committed) == ["warehouse:index_project", "warehouse:take_up"]
    committed.execute(text("TRUNCATE procrastinate_workers CASCADE"))
    committed.commit()


def test_what_a_job_changes_is_purged(
    committed: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    purged: list[str] = []
    monkeypatch.setattr(tasks, "purge", lambda settings, paths: purged.extend(paths))
    project = make_project(committed, "sample", versions=())
    make_project(committed, "other", versions=())
    file = make_file(
        committed, Release(project=project, version="1", canonical_version="1"), "sample-1.tar.gz"
    )
    Storage(settings.files).write(
        make_sdist(information="Name: sample\nVersion: 1\nMetadata-Version: 2.1"), file.path
    )
    add_job(job_app(settings), committed, "extract_metadata", file_id=file.id)
    committed.commit()
    work(replace(settings, cdn="https://cdn.example.org"), until_empty=True)
    assert purged == ["/simple/", "/simple/sample/", "/pypi/sample/json", "/pypi/sample/1/json"]


def test_descriptions_are_rendered_batch_after_batch(
    committed: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    make_project(
        committed, versions=("1.0", "2.0"), description="*Hi*", description_content_type="text/markdown"
    )
    batches: list[bool] = []
    render = descriptions.render_stale
    monkeypatch.setattr(
        descriptions, "render_stale", lambda *given: batches.append(render(*given)) or batches[-1]
    )
    monkeypatch.setattr(descriptions, "BATCH", 1)
    add_job(job_app(settings), committed, "render_descriptions")
    committed.commit()
    work(settings, until_empty=True)
    assert batches == [True, True, False]
    assert waiting(committed) == []
    assert ["<em>Hi</em>" in html for html in committed.scalars(select(Release.description_html))] == [
        True
    ] * 2


def test_a_sweep_is_followed_by_tomorrow_s(committed: Session, settings: Settings):
    jobs = job_app(settings)
    add_job(jobs, committed, "sweep")
    committed.commit()
    work(settings, until_empty=True)
    add_job(jobs, committed, "sweep")  # as a worker that starts does
    query = "SELECT task_name, scheduled_at > now() + interval '23 hours' FROM queue.procrastinate_jobs"
    assert [tuple(row) for row in committed.execute(text(query))] == [("warehouse:sweep", True)]


def test_the_same_extraction_at_the_same_time_is_one_change(committed: Session, settings: Settings):
    project = make_project(committed, "sample")
    file = make_file(committed, project.releases[0], "sample-1.0-py3-none-any.whl")
    storage = Storage(settings.files)
    storage.write(make_wheel(), file.path)
    sessions = sessionmaker(committed.get_bind())
    together = Barrier(4)

    def extract(_: int) -> str | None:
        together.wait()
        with sessions.begin() as session:
            return extract_metadata(session, storage, file.id)

    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(extract, range(4)))
    assert sorted(changes, key=str) == [None, None, None, "sample"]
    assert (settings.files / f"{file.path}.metadata").is_file()


def test_an_extraction_waits_for_a_deletion_and_leaves_nothing(committed: Session, settings: Settings):
    project = make_project(committed, "sample")
    file = make_file(committed, project.releases[0], "sample-1.0-py3-none-any.whl")
    number, path = file.id, file.path
    storage = Storage(settings.files)
    storage.write(make_wheel(), path)
    sessions = sessionmaker(committed.get_bind())

    def extract() -> str | None:
        with sessions.begin() as session:
            return extract_metadata(session, storage, number)

    with ThreadPoolExecutor(1) as pool, sessions() as deleter:
        release = deleter.get(Release, file.release_id)
        deleter.refresh(release.project, with_for_update=True)
        extraction = pool.submit(extract)
        wait_for_a_lock(deleter)
        discarded: list[str] = []
        delete_release(deleter, storage, lambda discard, place: discarded.append(place), release)
        deleter.commit()
        for place in discarded:
            storage.discard(place)
        assert extraction.result(timeout=10) is None
    assert not storage.locate(path + ".metadata").exists()
