"""The small area of administrators: people, and what happened."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEWS = "warehouse.admin.views"


def includeme(config: "Configurator") -> None:
    """Register the area."""
    config.add_route("admin", "/admin/")
    config.add_route("admin_user", "/admin/users/{number:[0-9]{1,18}}/")
    config.add_view(
        f"{VIEWS}.overview", route_name="admin", renderer="admin/overview.jinja2", visitor="admin"
    )
    config.add_view(f"{VIEWS}.switch", route_name="admin_user", request_method="POST", visitor="admin")
