"""The queue: how jobs get into it, and what takes them out."""

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from warehouse.db import PATH_OPTIONS, conninfo
from warehouse.settings import Settings

if TYPE_CHECKING:
    from procrastinate import App


def job_app(settings: Settings) -> "App":
    """Return procrastinate's application with all tasks; nothing connects before it is opened."""
    from procrastinate import App, PsycopgConnector

    from warehouse.jobs.tasks import tasks

    connector = PsycopgConnector(conninfo=conninfo(settings.database_url), kwargs={"options": PATH_OPTIONS})
    app = App(connector=connector)
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
