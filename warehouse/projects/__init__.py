"""Projects, their releases and files: what the index is about."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

NAME = "{name:[A-Za-z0-9._-]{1,200}}"
VERSION = (
    "{version:[A-Za-z0-9._+!-]{1,200}}"  # a number of thousands of digits is one that Python refuses to read
)


def includeme(config: "Configurator") -> None:
    """Register the project pages."""
    config.add_route("project", f"/project/{NAME}/")
    config.add_route("release", f"/project/{NAME}/{VERSION}/")
    config.add_view("warehouse.projects.views.project", route_name="project", renderer="project.jinja2")
    config.add_view("warehouse.projects.views.release", route_name="release", renderer="project.jinja2")
