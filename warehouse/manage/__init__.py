"""What owners and maintainers do to their projects."""

from typing import TYPE_CHECKING

from warehouse.projects import NAME

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEWS = "warehouse.manage.views"
ACTIONS = ("yank", "unyank", "delete_release", "delete_project", "add_role", "remove_role")


def includeme(config: "Configurator") -> None:
    """Register the page of a project's people, and what can be done there."""
    config.add_route("manage", f"/manage/{NAME}/")
    config.add_view(f"{VIEWS}.manage", route_name="manage", renderer="manage/project.jinja2", visitor="user")
    for action in ACTIONS:
        config.add_route(action, f"/manage/{NAME}/{action.replace('_', '-')}/")
        config.add_view(f"{VIEWS}.{action}", route_name=action, request_method="POST", visitor="user")
