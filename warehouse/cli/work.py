"""`python -m warehouse worker`, `reindex`, `metadata extract` and `classifiers sync`."""

import os
import signal
import sys
import threading
from typing import TextIO

from sqlalchemy import Select, select

from warehouse.classifiers.services import synchronize
from warehouse.cli.session import open_session
from warehouse.db import check_database, open_engine
from warehouse.jobs.queue import add_job, job_app
from warehouse.jobs.worker import work
from warehouse.projects.models import File, Project
from warehouse.settings import from_environment


def worker(until_empty: bool, until_closed: bool) -> None:
    """Do jobs until interrupted."""
    if until_closed:
        threading.Thread(target=end_with, args=(sys.stdin,), daemon=True).start()
    settings = from_environment(os.environ)
    engine = open_engine(settings.database_url)
    check_database(engine)
    engine.dispose()
    print("Working.", flush=True)
    work(settings, until_empty=until_empty)


def end_with(stream: TextIO) -> None:
    """Ask this process to end, as a person would, once the stream is closed at its other end."""
    stream.read()
    signal.raise_signal(signal.SIGTERM)


def sync_classifiers() -> None:
    """Make the database's classifiers those of the package."""
    with open_session(from_environment(os.environ)) as session:
        count = synchronize(session)
    print(f"There are {count} classifiers.")


def reindex() -> None:
    """Add a job for every project."""
    _add_jobs("index_project", "project_id", select(Project.id))


def extract_metadata(all: bool) -> None:
    """Add a job for every wheel without metadata, or for every file."""
    missing = File.metadata_sha256.is_(None) & (File.packagetype == "bdist_wheel")
    _add_jobs("extract_metadata", "file_id", select(File.id) if all else select(File.id).where(missing))


def _add_jobs(name: str, argument: str, numbers: Select[tuple[int]]) -> None:
    settings = from_environment(os.environ)
    jobs = job_app(settings)
    with open_session(settings) as session:
        found = list(session.scalars(numbers))
        for number in found:
            add_job(jobs, session, name, **{argument: number})
    print(f"Added {len(found)} jobs.")
