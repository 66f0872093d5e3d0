"""RSS 2.0 and sitemaps, written by an XML library: whatever people wrote stays text."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from warehouse.projects.models import Project, Release
from warehouse.projects.services import newest_first
from warehouse.projects.views import project_of_route

ITEMS = 40  # of a feed
ADDRESSES = 50_000  # of a sitemap, the most that its protocol allows
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
CACHE = "public, max-age=300"
Item = tuple[str, str, str, datetime]  # title, address, description, time


def rss_updates(request: Request) -> Response:
    """List the newest releases."""
    query = select(Release).join(Release.project).order_by(Release.created.desc(), Release.id.desc())
    items = [_item(request, each) for each in request.db.scalars(query.limit(ITEMS))]
    return _feed(request, "Newest releases", items)


def rss_projects(request: Request) -> Response:
    """List the newest projects."""
    query = select(Project).order_by(Project.created.desc(), Project.id.desc()).limit(ITEMS)
    found = request.db.scalars(query)
    items = [(each.name, _page(request, each), each.summary, each.created) for each in found]
    return _feed(request, "Newest projects", items)


def rss_project(request: Request) -> Response:
    """List the releases of a project."""
    project = project_of_route(request)
    items = [_item(request, each) for each in newest_first(project.releases)[:ITEMS]]
    return _feed(request, f"Releases of {project.name}", items)


def sitemap(request: Request) -> Response:
    """List the projects' pages."""
    root = Element("urlset", xmlns=SITEMAP)
    query = select(Project).order_by(Project.normalized_name).limit(ADDRESSES)
    for project in request.db.scalars(query):
        url = SubElement(root, "url")
        SubElement(url, "loc").text = _page(request, project)
        SubElement(url, "lastmod").text = project.updated.date().isoformat()
    return _xml(root, "application/xml")


def robots(request: Request) -> Response:
    """Tell crawlers where the sitemap is, and what is not for them."""
    lines = [f"Disallow: /{folder}/" for folder in ("account", "manage", "simple", "packages")]
    text = "\n".join(["User-agent: *", *lines, f"Sitemap: {request.route_url('sitemap')}", ""])
    return Response(text, content_type="text/plain", cache_control=CACHE)


def _page(request: Request, project: Project) -> str:
    return request.route_url("project", name=project.normalized_name)


def _item(request: Request, release: Release) -> Item:
    project = release.project
    url = request.route_url("release", name=project.normalized_name, version=release.version)
    return f"{project.name} {release.version}", url, release.summary, release.created


def _feed(request: Request, title: str, items: Iterable[Item]) -> Response:
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    SubElement(channel, "title").text = f"Warehouse: {title}"
    SubElement(channel, "link").text = request.route_url("home")
    SubElement(channel, "description").text = title
    for name, url, description, time in items:
        item = SubElement(channel, "item")
        plain = "".join(each for each in description if each.isprintable())
        texts = {"title": name, "link": url, "guid": url, "description": plain}
        for tag, text in (texts | {"pubDate": format_datetime(time)}).items():
            SubElement(item, tag).text = text
    return _xml(root, "application/rss+xml")


def _xml(root: Element, content_type: str) -> Response:
    body = tostring(root, encoding="utf-8", xml_declaration=True)
    response = Response(body, content_type=content_type, charset="utf-8", cache_control=CACHE)
    response.md5_etag()
    response.conditional_response = True
    return response
