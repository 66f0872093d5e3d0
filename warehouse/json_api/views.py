"""The JSON documents over HTTP; both follow the project's serial, and its downloads where they are counted."""

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPNotModified
from pyramid.request import Request
from sqlalchemy.orm import selectinload

from warehouse.downloads.services import downloads_of
from warehouse.json_api import services
from warehouse.projects.models import Project, Release
from warehouse.projects.services import find_release, preferred
from warehouse.projects.views import project_of_route

CACHE_SECONDS = 900  # as PyPI's


def project(request: Request) -> dict[str, Any]:
    """Describe a project at its preferred release, with the files of all of them."""
    project = project_of_route(request)
    return _answer(request, project, preferred(project.releases), services.project_document)


def release(request: Request) -> dict[str, Any]:
    """Describe one release."""
    project = project_of_route(request)
    release = find_release(project, request.matchdict["version"])
    return _answer(request, project, release, services.release_document)


def _answer(
    request: Request, project: Project, release: Release | None, document: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    if release is None:
        raise HTTPNotFound(comment=f"{project.name} has no such release.")
    serial, downloads = str(project.serial), downloads_of(request.db, project.id)
    etag = f"{serial}-{downloads.total}" if downloads.files else serial
    headers = {"Cache-Control": f"max-age={CACHE_SECONDS}, public", "X-PyPI-Last-Serial": serial}
    if etag in request.if_none_match:
        raise HTTPNotModified(headers=headers | {"ETag": f'"{etag}"'})
    loaded = (selectinload(Project.releases).selectinload(Release.files),)
    request.db.get(Project, project.id, options=loaded, populate_existing=True)
    request.db.refresh(release, ["description", "core_metadata"])
    request.response.headers.update(headers)
    request.response.etag = etag
    page = request.route_url("project", name=project.normalized_name)
    return document(project, release, page, request.route_url("file", path=""), downloads)
