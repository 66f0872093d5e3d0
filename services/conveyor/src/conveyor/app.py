"""The application: a request in, a redirect or a sentence out."""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

from webob import Request, Response

import vitals
from conveyor.answers import away, led, not_allowed, nothing
from conveyor.index import Away, Index, over_http
from conveyor.places import file_at
from conveyor.questions import Documentation, OldFile, PresentFile, Question, question_of
from conveyor.settings import Settings, from_environment

logger = logging.getLogger("conveyor")


def application() -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application of the environment's settings."""
    vitals.begin("conveyor")
    settings = from_environment(os.environ)
    index = Index(settings, over_http(settings.index))
    return vitals.watched(Conveyor(settings, index), "conveyor", {"index": index.check})


class Conveyor:
    """The WSGI application (PEP 3333)."""

    def __init__(self, settings: Settings, index: Index) -> None:
        self.settings = settings
        self.index = index

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return not_allowed()
        host, path = request.environ.get("HTTP_HOST", ""), request.environ.get("PATH_INFO", "")
        question = question_of(host, path, self.settings.docs_domain)
        if question is None:
            return nothing()
        try:
            address = self._address(question)
        except Away as problem:
            logger.warning("the index is away: %s", problem)
            return away()
        return led(address) if address else nothing()

    def _address(self, question: Question) -> str | None:
        match question:
            case OldFile(project, filename):
                return file_at(self.index.files(project), filename)
            case PresentFile(path):
                return self.settings.index + path if self.index.has(path) else None
            case Documentation(project):
                return self.index.documentation(project)
