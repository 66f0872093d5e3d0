"""The queue: how jobs get into it, and what takes them out."""

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from warehouse.db import conninfo
from warehouse.settings import Settings

if TYPE_CHECKING:
    from procrastinate import App

STALLED_SECONDS = 60  # without a sign of life from the worker, which gives one every ten seconds
STALLED = f"""job.status = 'doing' AND NOT EXISTS (SELECT FROM procrastinate_workers AS worker
WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - interval '{STALLED_SECONDS} seconds')"""
COVERED = """EXISTS (SELECT FROM procrastinate_jobs AS other WHERE other.queueing_lock = job.queueing_lock
AND (other.status = 'todo' OR (other.status = 'doing' AND other.id > job.id)))"""
WAITING = (
    "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
)


def job_app(settings: Settings) -> "App":
    """Return procrastinate's application with all tasks; nothing connects before it is opened."""
    from procrastinate import App, PsycopgConnector

    from warehouse.jobs.tasks import tasks

    app = App(connector=PsycopgConnector(conninfo=conninfo(settings.database_url)))
    app.add_tasks_from(tasks(), namespace="warehouse")
    return app


def add_job(app: "App", session: Session, name: str, *, in_seconds: int = 0, **arguments: int | str) -> None:
    """Add a job to the session's transaction; one that waits already with the same arguments is enough."""
    from procrastinate.exceptions import AlreadyEnqueued

    session.flush()
    lock = f"{name} {sorted(arguments.items())}"
    try:
        with session.begin_nested():
            connection = session.connection().connection.dbapi_connection  # the savepoint begins here
            later = {"seconds": in_seconds} if in_seconds else None
            task = app.configure_task(
                f"warehouse:{name}", connection=connection, queueing_lock=lock, schedule_in=later
            )
            task.defer(**arguments)
    except AlreadyEnqueued:
        return


def take_up(session: Session) -> None:
    """Let the jobs of workers that were killed wait again; of equal ones, one is enough."""
    session.execute(text(f"DELETE FROM procrastinate_jobs AS job WHERE {STALLED} AND {COVERED}"))  # noqa: S608 (constants)
    session.execute(
        text(f"UPDATE procrastinate_jobs AS job SET status = 'todo', worker_id = NULL WHERE {STALLED}")  # noqa: S608
    )


def is_empty(session: Session) -> bool:
    """Tell whether no job could begin now."""
    return not session.scalar(text(WAITING))
