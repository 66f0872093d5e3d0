"""Jobs are added with what makes them necessary, once, and done by the worker."""

from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_project, make_user
from warehouse.jobs.queue import add_job, job_app
from warehouse.jobs.worker import work
from warehouse.mail import services as mail
from warehouse.projects.models import Project
from warehouse.projects.services import search
from warehouse.settings import Settings


@pytest.fixture
def committed(engine: Engine) -> Iterator[Session]:
    """A session whose commits others see; the queue and the tables are emptied before and afterwards."""

    def empty() -> None:
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE users, projects RESTART IDENTITY CASCADE"))
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
    committed.commit()
    work(settings, until_empty=True)
    assert waiting(committed) == []
    committed.expire_all()
    for words in ("lanterns", "harbour"):
        assert [each.name for each in search(committed, words).projects] == ["sample"]
    assert committed.scalar(select(Project.classifiers)) == ["Topic :: Games/Entertainment"]
    mails = mail.read_mails(settings.mail)
    assert [(each["to"], each["subject"]) for each in mails] == [
        ("alice@example.org", "Welcome to Warehouse")
    ]
    assert "http://localhost/x" in mails[0]["text"]


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
