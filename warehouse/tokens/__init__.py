"""API tokens, with which tools act for people."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEWS = "warehouse.tokens.views"


def includeme(config: "Configurator") -> None:
    """Register the pages of tokens."""
    config.add_route("tokens", "/account/tokens/")
    config.add_route("revoke_token", "/account/tokens/{number:[0-9]{1,18}}/revoke/")
    config.add_view(f"{VIEWS}.tokens", route_name="tokens", renderer="accounts/tokens.jinja2", visitor="user")
    config.add_view(f"{VIEWS}.revoke", route_name="revoke_token", request_method="POST", visitor="user")
