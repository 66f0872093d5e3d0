"""Work that no request waits for: jobs in a queue in the database, done by `python -m warehouse worker`.

The queue is procrastinate's, in the schema `queue` of the same database. A job is added by the transaction that
makes it necessary, so that neither can happen without the other.
"""

from typing import TYPE_CHECKING

from warehouse.jobs.queue import add_job, job_app

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request


def includeme(config: "Configurator") -> None:
    """Give requests `add_job(name, **arguments)` and `purge(project)`."""
    config.registry.jobs = job_app(config.registry.warehouse)
    config.add_request_method(_add_job, "add_job")
    config.add_request_method(_purge, "purge")


def _add_job(request: "Request", name: str, **arguments: int | str) -> None:
    add_job(request.registry.jobs, request.db, name, **arguments)


def _purge(request: "Request", project: str) -> None:
    """Have the CDN, where there is one, forget a project once the request's changes can be seen."""
    if request.registry.warehouse.cdn:
        request.add_job("purge_project", project=project)
