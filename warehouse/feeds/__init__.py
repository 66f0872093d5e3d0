"""What programs other than installers follow: RSS feeds and the sitemap."""

from typing import TYPE_CHECKING

from warehouse.projects import NAME

if TYPE_CHECKING:
    from pyramid.config import Configurator

VIEWS = "warehouse.feeds.views"


def includeme(config: "Configurator") -> None:
    """Register the feeds."""
    for route, pattern in (
        ("rss_updates", "/rss/updates.xml"),
        ("rss_projects", "/rss/projects.xml"),
        ("rss_project", f"/rss/project/{NAME}/releases.xml"),
        ("sitemap", "/sitemap.xml"),
        ("robots", "/robots.txt"),
    ):
        config.add_route(route, pattern)
        config.add_view(f"{VIEWS}.{route}", route_name=route, request_method=("GET", "HEAD"))
