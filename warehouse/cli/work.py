"""`python -m warehouse worker`, and what operators have done to everything at once."""

import signal
import sys
import threading
from typing import TextIO

from packaging.utils import canonicalize_name
from sqlalchemy import Select, select

from warehouse import cdn
from warehouse.classifiers.services import synchronize
from warehouse.cli.session import open_session
from warehouse.files.storage import Storage
from warehouse.interpreter import check_python
from warehouse.jobs.queue import add_job, job_app
from warehouse.jobs.worker import work
from warehouse.projects.models import File, Project


def worker(until_empty: bool, until_closed: bool) -> None:
    """Do jobs until interrupted."""
    if until_closed:
        threading.Thread(target=end_with, args=(sys.stdin,), daemon=True).start()
    else:
        print("Working.", flush=True)
    with open_session() as (session, settings):
        if said := check_python(settings):
            print(f"{said}.", file=sys.stderr)
        for name in ("take_up", "render_descriptions", "sweep"):  # the renderer may be another one
            add_job(job_app(settings), session, name)
    work(settings, until_empty=until_empty)


def end_with(stream: TextIO) -> None:
    """Ask this process to end, as a person would, once the stream is closed at its other end."""
    stream.read()
    signal.raise_signal(signal.SIGTERM)


def sync_classifiers() -> None:
    """Make the database's classifiers those of the package."""
    with open_session() as (session, _):
        count = synchronize(session)
    print(f"There are {count} classifiers.")


def reindex() -> None:
    """Add a job for every project."""
    _add_jobs("index_project", "project_id", select(Project.id))


def extract_metadata(all: bool) -> None:
    """Add a job for every wheel without metadata, or for every file."""
    numbers = select(File.id)
    if not all:
        numbers = numbers.where(File.metadata_sha256.is_(None), File.packagetype == "bdist_wheel")
    _add_jobs("extract_metadata", "file_id", numbers)


def purge(addresses: list[str], project: bool) -> None:
    """Have the CDN forget addresses, or all that it keeps of projects."""
    with open_session() as (session, settings):
        if project:
            names = map(canonicalize_name, addresses)
            addresses = [path for name in names for path in cdn.project_paths(session, name)]
    cdn.purge(settings, addresses)
    print(f"Purged {len(addresses)} addresses.")


def fill(projects: int) -> None:
    """Add sample projects; those that are there already stay as they are."""
    from warehouse.samples import services

    with open_session() as (session, settings):
        added = services.fill(session, Storage(settings.files), projects)
        add_job(job_app(settings), session, "render_descriptions")
    print(f"Added {added} sample projects.")


def _add_jobs(name: str, argument: str, numbers: Select[int]) -> None:
    with open_session() as (session, settings):
        jobs = job_app(settings)
        found = list(session.scalars(numbers))
        for number in found:
            add_job(jobs, session, name, **{argument: number})
    print(f"Added {len(found)} jobs.")
