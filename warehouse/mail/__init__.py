"""Mail to people: written by the worker, and kept in a mailbox that can be read in development."""

from typing import TYPE_CHECKING

from warehouse.accounts.models import User
from warehouse.mail.keys import PLACE, owner_of_key

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request


def includeme(config: "Configurator") -> None:
    """Give requests `mail`, `mail_link` and `mailed_user`."""
    config.add_request_method(_mail, "mail")
    config.add_request_method(_mail_link, "mail_link")
    config.add_request_method(_mailed_user, "mailed_user")


def _mail(request: "Request", user: User, template: str, **values: str) -> None:
    """Have a mail written to a person."""
    request.add_job("send_mail", user_id=user.id, template=template, **values)


def _mail_link(request: "Request", route: str) -> str:
    """Return a link for a mail; the worker puts its key in. Only a setting knows what this site is really called."""
    return request.route_url(route, key=PLACE, _app_url=request.registry.warehouse.site or None)


def _mailed_user(request: "Request", purpose: str) -> User | None:
    """Return the person whose mail held the address of this request."""
    return owner_of_key(request.db, request.registry.warehouse, request.matchdict["key"], purpose)
