"""The tasks, by name: functions of a session, in a transaction of its own, and the settings."""

from collections.abc import Callable
from typing import Any, Concatenate

from procrastinate import Blueprint, JobContext, RetryStrategy
from sqlalchemy.orm import Session

from warehouse.cdn import project_paths, purge
from warehouse.files import sweeping
from warehouse.files.storage import Storage
from warehouse.jobs import queue
from warehouse.mail.services import send_mail, send_reset
from warehouse.projects import descriptions, indexing
from warehouse.projects.images import images_of
from warehouse.settings import Settings
from warehouse.uploads import extraction

RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)  # seconds: 4, 16, 64, 256, 1024


def tasks() -> Blueprint:
    """Return the tasks; an application of procrastinate's takes a blueprint for itself, so each has its own."""
    blueprint = Blueprint()
    of_files = (extract_metadata, index_project, render_descriptions, purge_project)
    for task in (*of_files, send_mail, send_reset, sweep, take_up):
        add = blueprint.task(name=task.__name__, retry=RETRY, pass_context=True)
        add(_in_transaction(task))
    return blueprint


def index_project(session: Session, settings: Settings, project_id: int) -> None:
    """Let the search know what a project says about itself."""
    indexing.index_project(session, project_id)


def extract_metadata(session: Session, settings: Settings, file_id: int) -> None:
    """Make available what an uploaded file says about itself."""
    project = extraction.extract_metadata(session, Storage(settings.files), file_id)
    if project:
        _add(session, settings, "render_descriptions")
    if project and settings.cdn:
        _add(session, settings, "purge_project", project=project)


def render_descriptions(session: Session, settings: Settings) -> None:
    """Render descriptions, and leave the rest to the next job."""
    if descriptions.render_stale(session, images_of(settings)):
        _add(session, settings, "render_descriptions")


def sweep(session: Session, settings: Settings) -> None:
    """Remove what killed processes have left, today and again tomorrow."""
    sweeping.sweep(session, Storage(settings.files))
    _add(session, settings, "sweep", in_seconds=sweeping.AGE_SECONDS)


def take_up(session: Session, settings: Settings) -> None:
    """Take up the jobs of killed workers, now and again in a while."""
    queue.take_up(session)
    _add(session, settings, "take_up", in_seconds=queue.STALLED_SECONDS)


def purge_project(session: Session, settings: Settings, project: str) -> None:
    """Have the CDN forget the pages of a project."""
    purge(settings, project_paths(session, project))


def _add(session: Session, settings: Settings, name: str, **arguments: Any) -> None:
    """Add a job from within one: the worker's own connections speak to its event loop only."""
    queue.add_job(queue.job_app(settings), session, name, **arguments)


def _in_transaction(task: Callable[..., None]) -> Callable[Concatenate[JobContext, ...], None]:
    def run(context: JobContext, **arguments: Any) -> None:
        with context.additional_context["sessions"].begin() as session:
            task(session, context.additional_context["settings"], **arguments)

    return run
