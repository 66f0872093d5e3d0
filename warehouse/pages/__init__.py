"""The pages that belong to no single project: home, search, errors, and a sign of life."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPClientError, HTTPMovedPermanently


def includeme(config: Configurator) -> None:
    """Register the pages; an address without its last slash is redirected."""
    config.add_route("home", "/")
    config.add_route("search", "/search/")
    config.add_route("health", "/_health/")
    config.add_view("warehouse.pages.views.home", route_name="home", renderer="home.jinja2")
    config.add_view("warehouse.pages.views.search", route_name="search", renderer="search.jinja2")
    config.add_view("warehouse.pages.views.health", route_name="health", renderer="string")
    config.add_notfound_view(
        "warehouse.pages.views.not_found", renderer="error.jinja2", append_slash=HTTPMovedPermanently
    )
    config.add_exception_view(
        "warehouse.pages.views.refused", context=HTTPClientError, renderer="error.jinja2"
    )
    config.add_exception_view(
        "warehouse.pages.views.unreadable", context=UnicodeDecodeError, renderer="error.jinja2"
    )
    config.add_exception_view("warehouse.pages.views.failure", context=Exception, renderer="error.jinja2")
