"""Mail to people: written by the worker, and kept in a mailbox that can be read in development."""

from typing import TYPE_CHECKING

from webob.cookies import JSONSerializer, SignedSerializer

from warehouse.accounts.models import User

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request


def includeme(config: "Configurator") -> None:
    """Give requests `mail` and `mailed_user`; in development show the mailbox."""
    settings = config.registry.warehouse
    config.registry.mail_keys = SignedSerializer(settings.secret, "mail", serializer=JSONSerializer())
    config.add_request_method(_mail, "mail")
    config.add_request_method(_mailed_user, "mailed_user")
    if settings.is_development:
        config.add_route("mailbox", "/_mail/")
        config.add_view("warehouse.mail.views.mailbox", route_name="mailbox", renderer="mail/mailbox.jinja2")


def _mail(request: "Request", user: User, template: str, **values: str) -> None:
    """Have a mail written to a person; the link in it proves who follows it."""
    key = request.registry.mail_keys.dumps([user.id, user.email]).decode()
    url = request.route_url("verify", key=key)
    request.add_job("send_mail", user_id=user.id, template=template, url=url, **values)


def _mailed_user(request: "Request") -> User | None:
    """Return the person whose mail held the address of this request."""
    try:
        number, email = request.registry.mail_keys.loads(request.matchdict["key"].encode())
    except ValueError:
        return None
    user = request.db.get(User, number)
    return user if user is not None and user.email == email else None
