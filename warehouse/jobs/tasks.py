"""The tasks, by name; each has a transaction of its own."""

from typing import TYPE_CHECKING, Any

from procrastinate import Blueprint, JobContext, RetryStrategy

from warehouse.files.storage import Storage
from warehouse.mail import services as mail
from warehouse.projects import indexing
from warehouse.uploads.extraction import extract_metadata as extract

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)  # seconds: 4, 16, 64, 256


def tasks() -> Blueprint:
    """Return the tasks; an application of procrastinate's takes a blueprint for itself, so each has its own."""
    blueprint = Blueprint()
    for function in (send_mail, index_project, extract_metadata):
        blueprint.task(function, name=function.__name__, retry=RETRY, pass_context=True)
    return blueprint


def send_mail(context: JobContext, **arguments: Any) -> None:
    """Write a mail to a person and hand it to the postman."""
    with _session(context) as session:
        mail.send_mail(session, context.additional_context["settings"], **arguments)


def index_project(context: JobContext, project_id: int) -> None:
    """Let the search know what a project says about itself."""
    with _session(context) as session:
        indexing.index_project(session, project_id)


def extract_metadata(context: JobContext, file_id: int) -> None:
    """Make available what an uploaded file says about itself."""
    with _session(context) as session:
        extract(session, Storage(context.additional_context["settings"].files), file_id)


def _session(context: JobContext) -> "Session":
    return context.additional_context["sessions"].begin()
