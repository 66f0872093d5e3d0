"""What requests have done later: jobs, and what is made of them, mails and purges."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from warehouse.accounts.models import User
from warehouse.jobs.queue import add_job, job_app
from warehouse.mail.keys import PLACE, owner_of_key


def includeme(config: Configurator) -> None:
    """Give requests the methods below."""
    config.registry.jobs = job_app(config.registry.warehouse)
    for method in (_add_job, _purge, _mail, _mail_link, _mailed_user):
        config.add_request_method(method, method.__name__.lstrip("_"))


def _add_job(request: Request, name: str, **arguments: Any) -> None:
    add_job(request.registry.jobs, request.db, name, **arguments)


def _purge(request: Request, project: str) -> None:
    """Have the CDN, where there is one, forget a project once the request's changes can be seen."""
    if request.registry.warehouse.cdn:
        request.add_job("purge_project", project=project)


def _mail(request: Request, user: User, template: str, **values: str) -> None:
    """Have a mail written to a person."""
    request.add_job("send_mail", user_id=user.id, template=template, **values)


def _mail_link(request: Request, route: str) -> str:
    """Return a link for a mail; the worker puts its key in. Only a setting knows what this site is really called."""
    return request.route_url(route, key=PLACE, _app_url=request.registry.warehouse.site or None)


def _mailed_user(request: Request, purpose: str) -> User | None:
    """Return the person whose mail held the address of this request."""
    return owner_of_key(request.db, request.registry.warehouse, request.matchdict["key"], purpose)
