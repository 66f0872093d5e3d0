"""Home, search, error pages and the health check."""

import logging
import re
from http.client import responses
from typing import Any

from pyramid.httpexceptions import HTTPClientError, HTTPMethodNotAllowed
from pyramid.request import Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from warehouse.accounts.sessions import identify
from warehouse.classifiers.services import used_classifiers
from warehouse.projects import services

RECENT = 12  # projects on the home page: fills two, three or four columns
LONGEST_QUERY = 200  # characters
THROW = "x-wsgiorg.throw_errors"  # set by a server that shows errors itself, as `doit serve` does

logger = logging.getLogger(__name__)


def home(request: Request) -> dict[str, Any]:
    """Show what is new and how much there is."""
    return {
        "counts": services.count_everything(request.db),
        "projects": services.recently_released(request.db, RECENT),
    }


def search(request: Request) -> dict[str, Any]:
    """Show the projects that fit the words of `q`, or all of them where that is the address."""
    words = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    classifier = " ".join(request.GET.get("c", "").replace("\0", " ").split())[:LONGEST_QUERY]
    page = _page(request.GET.get("page", ""))
    route = request.matched_route.name
    is_asked = words or classifier or route == "projects"
    return {
        "words": words,
        "classifier": classifier,
        "classifiers": used_classifiers(request.db),
        "found": services.search(request.db, words, classifier, page) if is_asked else None,
        "page": page,
        "address": lambda number: request.route_path(
            route, _query={"q": words, "c": classifier, "page": number}
        ),
    }


def _page(text: str) -> int:
    """Return the number of a page that can be meant; 1 for everything else."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,3}", text) else 1


def health(request: Request) -> str:
    """Answer while the database answers."""
    request.db.execute(text("SELECT 1"))
    return "OK"


def not_allowed(request: Request) -> None:
    """Refuse a method that an address does not have."""
    methods = request.registry.methods[request.matched_route.name]
    raise HTTPMethodNotAllowed(comment="", headers={"Allow": ", ".join(methods)})


def refused(error: HTTPClientError, request: Request) -> Any:
    """Say that there is no such page, or that the person may not, or not like this; why, if a view said so."""
    request.response.status_int = error.status_code
    for name in ("Allow", "Retry-After"):
        if name in error.headers:
            request.response.headers[name] = error.headers[name]
    return _error(request, error.status_code, error.comment or "")


def unreadable(error: UnicodeDecodeError, request: Request) -> Any:
    """Refuse an address whose escapes are not UTF-8."""
    request.response.status_int = 400
    return _error(request, "unreadable")


def away(error: SQLAlchemyError, request: Request) -> Any:
    """Ask to come again: the database is away, busy, or somebody holds for long what the request waits for."""
    logger.error("%s %s has no database: %s", request.method, request.path, str(error).partition("\n")[0])
    request.response.status_int = 503
    request.response.headers["Retry-After"] = "10"
    return _error(request, 503)


def failure(error: Exception, request: Request) -> Any:
    """Log a bug with its traceback and say nothing of it to the reader; where the server shows bugs, leave it to that."""
    if request.environ.get(THROW):
        raise error
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    request.response.status_int = 500
    return _error(request, 500)


def _error(request: Request, status: int | str, reason: str = "") -> Any:
    """Return what the page of an error shows, or the document that a program asked for."""
    path, accept = request.environ["PATH_INFO"], request.environ.get("HTTP_ACCEPT", "")
    if path.startswith("/pypi/") or (path.startswith("/simple/") and "+json" in accept):
        request.response.content_type = "application/json"
        request.response.json = {"message": responses[request.response.status_int]}
        return request.response
    return {"status": status, "reason": reason, "show_account": identify(request)}
