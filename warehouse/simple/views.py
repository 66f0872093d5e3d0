"""The simple index over HTTP: a negotiated representation, normalized names, conditional answers."""

import json
from typing import Any

from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response

from warehouse.projects.services import last_serial
from warehouse.projects.views import project_of_route
from warehouse.simple.prepared import Page
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
    serial, media_type, pages = last_serial(request.db), _media_type(request), request.registry.simple_index
    page = pages.get(media_type)
    if page is None or page.serial != serial:
        document = index_document(request.db, serial)
        page = pages[media_type] = Page(serial, _draw(request, media_type, document, "simple/index.jinja2"))
    offers = request.accept_encoding.acceptable_offers(["gzip"])
    is_compressed = bool(offers) and "Accept-Encoding" in request.headers
    response = _response(page.compressed if is_compressed else page.body, media_type)
    response.etag = page.digest
    if is_compressed:
        response.content_encoding, response.etag = "gzip", f"{page.digest}-gzip"
    response.headers["X-PyPI-Last-Serial"] = str(serial)
    response.vary = ["Accept", "Accept-Encoding"]
    return response


def project(request: Request) -> Response:
    """List the files of a project; any other spelling of its name is redirected."""
    project = project_of_route(request)
    media_type = _media_type(request)
    etag = f"{project.serial}.{API_VERSION}.{media_type}"
    if etag in request.if_none_match:
        response = Response(status=304)
    else:
        document = project_document(request.db, project, request.route_path("file", path=""))
        response = _response(_draw(request, media_type, document, "simple/project.jinja2"), media_type)
    response.etag = etag
    response.headers["X-PyPI-Last-Serial"] = str(project.serial)
    return _cached(response)


def _media_type(request: Request) -> str:
    """Return the offered type that the client likes best; one that likes none gets the default."""
    acceptable = request.accept.acceptable_offers(OFFERS)
    chosen = acceptable[0][0] if acceptable else OFFERS[0]
    return chosen.replace("latest", "v1")


def _draw(request: Request, media_type: str, document: dict[str, Any], template: str) -> bytes:
    if media_type.endswith("+json"):
        return json.dumps(document).encode()
    return render(template, document, request).encode()


def _response(body: bytes, media_type: str) -> Response:
    charset = None if media_type.endswith("+json") else "utf-8"
    return _cached(Response(body, content_type=media_type, charset=charset))


def _cached(response: Response) -> Response:
    response.vary = ["Accept"]
    response.headers["Cache-Control"] = f"max-age={CACHE_SECONDS}, public"
    response.conditional_response = True
    return response
