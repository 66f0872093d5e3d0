"""The tasks, by name; each has a transaction of its own."""

from typing import TYPE_CHECKING, Any

from procrastinate import Blueprint, JobContext, RetryStrategy

from warehouse.mail.services import send_mail as send
from warehouse.projects.indexing import index_project as index

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TASKS = Blueprint()
RETRY = RetryStrategy(max_attempts=5, exponential_wait=4)  # seconds: 4, 16, 64, 256


def _session(context: JobContext) -> "Session":
    return context.additional_context["sessions"].begin()


@TASKS.task(name="send_mail", retry=RETRY, pass_context=True)
def send_mail(context: JobContext, **arguments: Any) -> None:
    """Write a mail to a person and hand it to the postman."""
    with _session(context) as session:
        send(session, context.additional_context["settings"], **arguments)


@TASKS.task(name="index_project", retry=RETRY, pass_context=True)
def index_project(context: JobContext, project_id: int) -> None:
    """Let the search know what a project says about itself."""
    with _session(context) as session:
        index(session, project_id)
