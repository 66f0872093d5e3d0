"""`python -m warehouse worker`, `reindex` and `classifiers sync`."""

import os

from sqlalchemy import select

from warehouse.classifiers.services import synchronize
from warehouse.cli.session import open_session
from warehouse.db import check_database, open_engine
from warehouse.jobs.queue import add_job, job_app
from warehouse.jobs.worker import work
from warehouse.projects.models import Project
from warehouse.settings import from_environment


def worker(until_empty: bool) -> None:
    """Do jobs until interrupted."""
    settings = from_environment(os.environ)
    engine = open_engine(settings.database_url)
    check_database(engine)
    engine.dispose()
    print("Working.", flush=True)
    work(settings, until_empty=until_empty)


def sync_classifiers() -> None:
    """Make the database's classifiers those of the package."""
    with open_session(from_environment(os.environ)) as session:
        count = synchronize(session)
    print(f"There are {count} classifiers.")


def reindex() -> None:
    """Add a job for every project."""
    settings = from_environment(os.environ)
    jobs = job_app(settings)
    with open_session(settings) as session:
        projects = list(session.scalars(select(Project.id)))
        for project_id in projects:
            add_job(jobs, session, "index_project", project_id=project_id)
    print(f"Added {len(projects)} jobs.")
