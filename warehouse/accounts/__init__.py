"""People, who own and maintain projects."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEWS = "warehouse.accounts.views"


def includeme(config: "Configurator") -> None:
    """Register the door and the person's own page."""
    config.include("warehouse.accounts.sessions")
    for name in ("register", "login", "logout", "password", "forgot"):
        config.add_route(name, f"/account/{name}/")
    for name in ("verify", "reset"):
        config.add_route(name, f"/account/{name}/{{key:[A-Za-z0-9_.-]{{1,500}}}}/")
    config.add_route("account", "/account/")
    for name in ("register", "login", "forgot", "reset"):
        config.add_view(f"{VIEWS}.{name}", route_name=name, renderer=f"accounts/{name}.jinja2")
    config.add_view(f"{VIEWS}.logout", route_name="logout", request_method="POST", visitor="user")
    config.add_view(
        f"{VIEWS}.password",
        route_name="password",
        request_method="POST",
        renderer="accounts/account.jinja2",
        visitor="user",
    )
    config.add_view(f"{VIEWS}.verify", route_name="verify", request_method="GET")
    config.add_view(
        f"{VIEWS}.account", route_name="account", renderer="accounts/account.jinja2", visitor="user"
    )
