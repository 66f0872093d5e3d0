"""The tasks, by name; each has a transaction of its own."""

from typing import TYPE_CHECKING, Any

from procrastinate import Blueprint, JobContext, RetryStrategy

from warehouse.cdn import project_paths, purge
from warehouse.files.storage import Storage
from warehouse.jobs.queue import add_job
from warehouse.mail import services as mail
from warehouse.projects import indexing
from warehouse.uploads.extraction import extract_metadata as extract

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)  # seconds: 4, 16, 64, 256


def tasks() -> Blueprint:
    """Return the tasks; an application of procrastinate's takes a blueprint for itself, so each has its own."""
    blueprint = Blueprint()
    for function in (send_mail, send_reset, index_project, extract_metadata, purge_project):
        blueprint.task(function, name=function.__name__, retry=RETRY, pass_context=True)
    return blueprint


def send_mail(context: JobContext, **arguments: Any) -> None:
    """Write a mail to a person and hand it to the postman."""
    with _session(context) as session:
        mail.send_mail(session, context.additional_context["settings"], **arguments)


def send_reset(context: JobContext, email: str, url: str) -> None:
    """Mail a link to a new password, if anybody has this address."""
    with _session(context) as session:
        mail.send_reset(session, context.additional_context["settings"], email=email, url=url)


def index_project(context: JobContext, project_id: int) -> None:
    """Let the search know what a project says about itself."""
    with _session(context) as session:
        indexing.index_project(session, project_id)


def extract_metadata(context: JobContext, file_id: int) -> None:
    """Make available what an uploaded file says about itself."""
    with _session(context) as session:
        settings = context.additional_context["settings"]
        project = extract(session, Storage(settings.files), file_id)
        if project and settings.cdn:
            add_job(context.additional_context["jobs"], session, "purge_project", project=project)


def purge_project(context: JobContext, project: str) -> None:
    """Have the CDN forget the pages of a project."""
    with _session(context) as session:
        paths = project_paths(session, project)
    purge(context.additional_context["settings"], paths)


def _session(context: JobContext) -> "Session":
    return context.additional_context["sessions"].begin()
