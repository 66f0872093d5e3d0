"""The simple repository API, which installers read (PEP 503, 592, 658, 691, 700)."""

from typing import TYPE_CHECKING

from warehouse.simple.remembered import Serials

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: "Configurator") -> None:
    """Register the simple index."""
    url = config.registry.warehouse.database_url.set(drivername="postgresql")
    config.registry.serials = Serials(url.render_as_string(hide_password=False))
    config.add_route("simple_index", "/simple/")
    config.add_route("simple_project", "/simple/{name:[A-Za-z0-9._-]{1,200}}/")
    config.add_view("warehouse.simple.views.index", route_name="simple_index")
    config.add_view("warehouse.simple.views.project", route_name="simple_project")
