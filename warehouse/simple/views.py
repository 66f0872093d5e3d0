"""The simple index over HTTP: a negotiated representation, normalized names, conditional answers."""

import hashlib
import json
from typing import Any

from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response

from warehouse.projects.views import project_of_route
from warehouse.simple.services import API_VERSION, index_document, project_document

# PEP 691; the first is for those who say nothing, or nothing that is offered.
OFFERS = (
    "text/html",
    "application/vnd.pypi.simple.v1+html",
    "application/vnd.pypi.simple.v1+json",
    "application/vnd.pypi.simple.latest+html",
    "application/vnd.pypi.simple.latest+json",
)
CACHE_SECONDS = 600  # as PyPI's; conditional requests keep longer use correct


def index(request: Request) -> Response:
    """List all projects."""
    document = index_document(request.db)
    response = _represent(request, document, "simple/index.jinja2")
    response.etag = hashlib.sha256(response.body).hexdigest()
    response.headers["X-PyPI-Last-Serial"] = str(document["meta"]["_last-serial"])
    return response


def project(request: Request) -> Response:
    """List the files of a project; any other spelling of its name is redirected."""
    project = project_of_route(request)
    etag = f"{project.serial}.{API_VERSION}.{_media_type(request)}"
    if etag in request.if_none_match:
        response = Response(status=304)
    else:
        document = project_document(request.db, project, request.route_path("file", path=""))
        response = _represent(request, document, "simple/project.jinja2")
    response.etag = etag
    response.headers["X-PyPI-Last-Serial"] = str(project.serial)
    return _cached(response)


def _media_type(request: Request) -> str:
    """Return the offered type that the client likes best; one that likes none gets the default."""
    acceptable = request.accept.acceptable_offers(OFFERS)
    chosen = acceptable[0][0] if acceptable else OFFERS[0]
    return chosen.replace("latest", "v1")


def _represent(request: Request, document: dict[str, Any], template: str) -> Response:
    media_type = _media_type(request)
    if media_type.endswith("+json"):
        response = Response(json.dumps(document).encode(), content_type=media_type)
    else:
        page = render(template, document, request)
        response = Response(page.encode(), content_type=media_type, charset="utf-8")
    return _cached(response)


def _cached(response: Response) -> Response:
    response.vary = ["Accept"]
    response.headers["Cache-Control"] = f"max-age={CACHE_SECONDS}, public"
    response.conditional_response = True
    return response
