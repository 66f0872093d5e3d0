"""Home, search, error pages and the health check."""

import logging
import re
from typing import Any

from pyramid.httpexceptions import HTTPClientError
from pyramid.request import Request
from sqlalchemy import text

from warehouse.accounts.sessions import identify
from warehouse.classifiers.services import used_classifiers
from warehouse.projects import services

RECENT = 12  # projects on the home page: fills two, three or four columns
LONGEST_QUERY = 200  # characters
THROW = (
    "x-wsgiorg.throw_errors"  # of wsgi.org: set by a server that shows errors itself, as `doit serve` does
)

logger = logging.getLogger(__name__)


def home(request: Request) -> dict[str, Any]:
    """Show what is new and how much there is."""
    return {
        "counts": services.count_everything(request.db),
        "projects": services.recently_updated(request.db, RECENT),
    }


def search(request: Request) -> dict[str, Any]:
    """Show the projects that fit the words of `q`."""
    words = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    classifier = " ".join(request.GET.get("c", "").replace("\0", " ").split())[:LONGEST_QUERY]
    page = _page(request.GET.get("page", ""))
    found = services.search(request.db, words, classifier, page) if words or classifier else None
    return {
        "words": words,
        "classifier": classifier,
        "classifiers": used_classifiers(request.db),
        "found": found,
        "page": page,
        "address": lambda number: request.route_path(
            "search", _query={"q": words, "c": classifier, "page": number}
        ),
    }


def _page(text: str) -> int:
    """Return the number of a page that can be meant; 1 for everything else."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,3}", text) else 1


def health(request: Request) -> str:
    """Answer while the database answers."""
    request.db.execute(text("SELECT 1"))
    return "OK"


def refused(error: HTTPClientError, request: Request) -> dict[str, Any]:
    """Say that there is no such page, or that the person may not, or not like this; why, if a view said so."""
    request.response.status_int = error.status_code
    if "Retry-After" in error.headers:
        request.response.headers["Retry-After"] = error.headers["Retry-After"]
    return _error(request, error.status_code, error.comment or "")


def unreadable(error: UnicodeDecodeError, request: Request) -> dict[str, Any]:
    """Refuse an address whose escapes are not UTF-8."""
    request.response.status_int = 400
    return _error(request, "unreadable")


def failure(error: Exception, request: Request) -> dict[str, Any]:
    """Log a bug with its traceback and say nothing of it to the reader; where the server shows bugs, leave it to that."""
    if request.environ.get(THROW):
        raise error
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    request.response.status_int = 500
    return _error(request, 500)


def _error(request: Request, status: int | str, reason: str = "") -> dict[str, Any]:
    return {"status": status, "reason": reason, "show_account": identify(request)}
