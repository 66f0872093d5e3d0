"""The page of a project, at its preferred release or at a chosen one."""

from typing import Any

from pyramid.httpexceptions import HTTPMovedPermanently, HTTPNotFound
from pyramid.request import Request

from warehouse.downloads.services import downloads_of
from warehouse.projects.descriptions import shown
from warehouse.projects.models import Project, Release
from warehouse.projects.services import find_project, find_release, newest_first, preferred, required, search

EXTERNAL_SCHEMES = ("https://", "http://")


def project(request: Request) -> Any:
    """Show a project at the release that an installer would take."""
    project = project_of_route(request)
    release = preferred(project.releases)
    empty: dict[str, Any] = {"project": project, "release": None, "releases": [], "maintainers": []}
    return _page(request, project, release) if release else empty


def release(request: Request) -> Any:
    """Show a project at one of its releases."""
    project = project_of_route(request)
    release = find_release(project, request.matchdict["version"])
    if release is None:
        raise HTTPNotFound(comment=f"{project.name} has no release {request.matchdict['version']}.")
    return _page(request, project, release)


def moved(request: Request) -> HTTPMovedPermanently:
    """Lead an address of before to the project's page."""
    return HTTPMovedPermanently(request.route_path("project", name=request.matchdict["name"]))


def project_of_route(request: Request) -> Project:
    """Return the project that the address names; another spelling of the name is redirected."""
    name = request.matchdict["name"]
    project = find_project(request.db, name)
    if project is None:
        request.near = search(request.db, name).projects if request.matched_route.name == "project" else []
        raise HTTPNotFound(comment=f"There is no project {name}.")
    if name != project.normalized_name:
        matchdict = request.matchdict | {"name": project.normalized_name}
        raise HTTPMovedPermanently(request.route_path(request.matched_route.name, **matchdict))
    return project


def _page(request: Request, project: Project, release: Release) -> dict[str, Any]:
    request.db.refresh(release, ["description", "description_html", "core_metadata", "files"])
    return {
        "project": project,
        "release": release,
        "releases": newest_first(project.releases),
        "description": shown(release),
        "links": _links(release.core_metadata),
        "required": required(request.db, release.core_metadata.get("requires_dist", [])),
        "index_url": request.route_url("simple_index", _app_url=request.registry.warehouse.site or None),
        "inspector": request.registry.warehouse.inspector,
        "maintainers": sorted(role.user.username for role in project.roles),
        "downloads": downloads_of(request.db, project.id),
    }


def _links(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the project's links, web addresses only: `javascript:` is not one."""
    links = {"Homepage": metadata.get("home_page", ""), "Download": metadata.get("download_url", "")}
    links |= metadata.get("project_urls", {})
    return [(label, url) for label, url in links.items() if url.lower().startswith(EXTERNAL_SCHEMES)]
