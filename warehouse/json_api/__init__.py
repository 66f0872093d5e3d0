"""The JSON documents of a project and of a release, as PyPI's `/pypi/…/json` has them."""

from typing import TYPE_CHECKING

from warehouse.projects import NAME, VERSION

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: "Configurator") -> None:
    """Register the documents."""
    config.add_route("json_project", f"/pypi/{NAME}/json")
    config.add_route("json_release", f"/pypi/{NAME}/{VERSION}/json")
    for name in ("project", "release"):
        config.add_view(f"warehouse.json_api.views.{name}", route_name=f"json_{name}", renderer="json")
