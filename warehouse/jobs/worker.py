"""The worker: takes jobs out of the queue until it is told to end."""

from sqlalchemy.orm import sessionmaker

import warehouse.models  # noqa: F401 (relationships name models of other cells)
from warehouse.db import open_engine
from warehouse.jobs.queue import is_empty, job_app
from warehouse.settings import Settings

CONCURRENCY = 2  # jobs at a time


def work(settings: Settings, *, until_empty: bool = False) -> None:
    """Do jobs, those that wait and those that come; with `until_empty` until none waits, not even for another to end."""
    engine = open_engine(settings.database_url)
    sessions = sessionmaker(engine)
    try:
        while True:
            app = job_app(settings)
            with app.open():
                app.run_worker(
                    concurrency=CONCURRENCY,
                    wait=not until_empty,
                    additional_context={"sessions": sessions, "settings": settings},
                    delete_jobs="successful",
                    shutdown_graceful_timeout=3,
                )
            with sessions() as session:
                if not until_empty or is_empty(session):
                    return
    finally:
        engine.dispose()
